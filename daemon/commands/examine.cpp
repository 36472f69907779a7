#include "daemon/commands/examine.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>
#include <optional>
#include <string>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/signal_set.hpp>

#include "daemon/commands/process_budget.h"
#include "probes/path/ping.h"
#include "probes/path/trace_path.h"
#include "probes/probe.h"

namespace rdpwatch::daemon {
namespace {

constexpr std::chrono::seconds kTraceLimit{30};
/// Connections that were just ended get this long to say goodbye.
constexpr std::chrono::seconds kFarewell{1};
constexpr const char* kInterrupted = "interrupted";

std::optional<asio::ip::address> parsed(const std::string& text) {
  asio::error_code ec;
  const auto address = asio::ip::make_address(text, ec);
  return ec ? std::nullopt : std::optional{address};
}

bool tells_of_name(const Row* row) {
  return row != nullptr &&
         (row->reason == "dns_unexpected_address" || row->reason == "host_identity_mismatch");
}

/// A connection was begun, and not had.
bool stopped(const std::shared_ptr<const ProbeReport>& report) {
  return report && !report->address.empty() && !connects(*report);
}

class Examination {
 public:
  Examination(std::shared_ptr<const config::Target> target, config::ConnectionBudget budget)
      : target_{std::move(target)}, budget_{budget} {
    seen_.target = target_->id;
    seen_.host = target_->host;
    seen_.port = target_->port;
    seen_.time = std::chrono::system_clock::now();
  }
  Examination(const Examination&) = delete;
  Examination& operator=(const Examination&) = delete;

  Examined run();

 private:
  asio::awaitable<void> steps();
  asio::awaitable<std::shared_ptr<const ProbeReport>> climb(std::shared_ptr<const config::Target> target,
                                                            std::string& why_not);
  asio::awaitable<void> reproduce();
  asio::awaitable<void> bypass_name();
  void find_address();
  asio::awaitable<void> ping();
  asio::awaitable<void> trace();
  std::string address_to_bypass_with() const;
  path::PathTools tools() { return {io_, *lingering_, *deadline_}; }
  void interrupt();

  std::shared_ptr<const config::Target> target_;
  ProcessBudget budget_;
  Diagnosis seen_{};
  bool interrupted_ = false;
  bool finished_ = false;
  std::exception_ptr error_{};
  asio::io_context io_{1};
  std::optional<net::Lingering> lingering_{io_};
  std::optional<net::Deadline> deadline_{io_};
  Prober prober_{io_};
  asio::signal_set signals_{io_, SIGINT, SIGTERM};
};

Examined Examination::run() {
  signals_.async_wait([this](asio::error_code error, int) {
    if (!error) interrupt();
  });
  asio::co_spawn(io_, steps(), [this](const std::exception_ptr& error) {
    error_ = error;
    finished_ = true;
  });
  while (!finished_ && 0 < io_.run_one()) continue;
  if (error_) std::rethrow_exception(error_);
  signals_.cancel();  // from here on, a signal kills
  signals_.clear();
  deadline_.reset();
  io_.run_for(kFarewell);
  seen_.climbed = budget_.granted();
  return {std::move(seen_), interrupted_};
}

void Examination::interrupt() {
  interrupted_ = true;
  signals_.clear();  // a second signal kills
  deadline_->cancel();
  prober_.stop();
}

asio::awaitable<void> Examination::steps() {
  co_await reproduce();
  co_await bypass_name();
  find_address();
  co_await ping();
  co_await trace();
}

asio::awaitable<std::shared_ptr<const ProbeReport>> Examination::climb(
    std::shared_ptr<const config::Target> target, std::string& why_not) {
  ProbeRequest request;
  request.target = std::move(target);
  request.kind = ConnectionKind::AdHoc;
  request.permit = budget_.permit();
  request.retries = 0;
  auto result = co_await prober_.probe(std::move(request));
  if (result.end == ProbeEnd::Budget) why_not = "the connection budget is used up";
  if (result.end == ProbeEnd::Cancelled) why_not = kInterrupted;
  co_return std::move(result.report);
}

asio::awaitable<void> Examination::reproduce() { seen_.report = co_await climb(target_, seen_.no_report); }

/// Ping and path trace look at the address where TCP was stopped; else at the one that was reached.
void Examination::find_address() {
  if (stopped(seen_.by_address)) seen_.address = seen_.by_address->address;
  else if (seen_.report) seen_.address = seen_.report->address;
  if (seen_.address.empty() && seen_.by_address) seen_.address = seen_.by_address->address;
  if (seen_.address.empty() && parsed(target_->host)) seen_.address = target_->host;
  if (seen_.address.empty() && target_->expect && !target_->expect->addresses.empty())
    seen_.address = target_->expect->addresses.front();
  const auto address = parsed(seen_.address);
  if (!address) return;
  seen_.address_kind = path::kind_of(*address);
  seen_.egress = path::egress_to(*address);
}

asio::awaitable<void> Examination::ping() {
  const auto address = parsed(seen_.address);
  if (interrupted_) seen_.no_ping = kInterrupted;
  else if (!address) seen_.no_ping = "no address of the host is known";
  else seen_.ping = co_await path::ping(tools(), *address);
  if (seen_.ping && seen_.ping->sent == 0 && seen_.ping->why_not.empty()) {
    seen_.no_ping = kInterrupted;
    seen_.ping.reset();
  }
}

/// An expected one that the name did not lead to. The address that it led to was climbed already, and a
/// second look at the same place would say nothing of the name.
std::string Examination::address_to_bypass_with() const {
  if (!target_->expect || target_->expect->addresses.empty()) return {};
  const auto& expected = target_->expect->addresses;
  const bool led_there = seen_.report && std::ranges::find(expected, seen_.report->address) != expected.end();
  return led_there ? std::string{} : expected.front();
}

asio::awaitable<void> Examination::bypass_name() {
  auto& why_not = seen_.no_by_address;
  const auto address = address_to_bypass_with();
  const bool fails = seen_.report && seen_.report->failure;
  const bool elsewhere = seen_.report && tells_of_name(seen_.report->decisive_row());
  if (interrupted_) why_not = kInterrupted;
  else if (parsed(target_->host)) why_not = "the target is an address already";
  else if (!fails && !elsewhere) why_not = "the name works";
  else if (!parsed(address) && seen_.report && !seen_.report->address.empty())
    why_not = "the name leads to " + seen_.report->address + ", which was climbed" +
              (target_->expect && !target_->expect->addresses.empty() ? " and is expected"
                                                                      : "; expect.addresses names no other");
  else if (!parsed(address))
    why_not = "no address of the host is known: the name gave none, and expect.addresses has none";
  if (!why_not.empty()) co_return;
  auto target = std::make_shared<config::Target>(*target_);
  target->host = address;
  seen_.by_address = co_await climb(std::move(target), why_not);
}

asio::awaitable<void> Examination::trace() {
  auto& why_not = seen_.no_trace;
  const auto* const climb = at_the_address(seen_);
  const auto address = parsed(seen_.address);
  if (interrupted_) why_not = kInterrupted;
  else if (climb == nullptr || !address) why_not = "no connection was begun, so there is no path to look at";
  else if (connects(*climb)) why_not = "TCP connects, so the path carries it";
  if (!why_not.empty()) co_return;
  const asio::ip::tcp::endpoint endpoint{*address, target_->port};
  seen_.trace = co_await path::trace_path(tools(), endpoint, std::chrono::steady_clock::now() + kTraceLimit);
}

}  // namespace

Examined examine(std::shared_ptr<const config::Target> target, config::ConnectionBudget budget) {
  return Examination{std::move(target), budget}.run();
}

}  // namespace rdpwatch::daemon
