#include "daemon/commands/climb_all.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <exception>
#include <string>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>

#include "daemon/commands/process_budget.h"
#include "probes/probe.h"

namespace rdpwatch::daemon {
namespace {

using Targets = std::vector<std::shared_ptr<const config::Target>>;

class ClimbAll {
 public:
  ClimbAll(const Targets& targets, ClimbAllOptions options)
      : options_{std::move(options)}, budget_{options_.budget} {
    for (const auto& target : targets) results_.push_back({.target = target});
    finished_.resize(results_.size());
  }
  ClimbAll(const ClimbAll&) = delete;
  ClimbAll& operator=(const ClimbAll&) = delete;

  bool run() {
    signals_.async_wait([this](asio::error_code error, int) {
      if (!error) interrupt();
    });
    const auto workers =
        std::clamp<std::size_t>(options_.parallel, 1, std::max<std::size_t>(results_.size(), 1));
    working_ = workers;
    for (std::size_t i = 0; i < workers; ++i)
      asio::co_spawn(io_, work(), [this](const std::exception_ptr& error) { worker_ended(error); });
    while (0 < working_ && 0 < io_.run_one()) continue;
    if (error_) std::rethrow_exception(error_);
    signals_.clear();  // from here on, a signal kills
    io_.run_for(kFarewell);
    return interrupted_;
  }

 private:
  /// Connections that were just ended get this long to say goodbye.
  static constexpr std::chrono::seconds kFarewell{1};

  asio::awaitable<void> work() {
    while (next_ < results_.size() && !interrupted_) {
      const auto index = next_++;
      deliver(index, co_await prober_.probe(request(results_[index].target)));
    }
  }

  ProbeRequest request(const std::shared_ptr<const config::Target>& target) {
    ProbeRequest request;
    request.target = target;
    request.kind = ConnectionKind::AdHoc;
    request.permit = budget_.permit();
    return request;
  }

  void deliver(std::size_t index, ProbeResult result) {
    auto& place = results_[index];
    using End = ClimbedTarget::End;
    place.end = result.end == ProbeEnd::Finished ? End::Reported
                : result.end == ProbeEnd::Budget ? End::Budget
                                                 : End::Interrupted;
    place.report = std::move(result.report);
    finished_[index] = true;
    ++done_;
    if (options_.on_progress) options_.on_progress(done_, results_.size());
    hand_over();
  }

  /// INVARIANT: everything before handed_over_ was given to on_target, nothing behind it.
  void hand_over() {
    for (; handed_over_ < results_.size() && finished_[handed_over_]; ++handed_over_) {
      options_.on_target(results_[handed_over_]);
      results_[handed_over_].report = nullptr;
    }
  }

  void interrupt() {
    interrupted_ = true;
    signals_.clear();  // a second signal kills
    prober_.stop();
  }

  void worker_ended(const std::exception_ptr& error) {
    if (error && !error_) error_ = error;
    if (--working_ > 0) return;
    finished_.assign(finished_.size(), true);  // those that never began are told as interrupted
    if (!error_) hand_over();
  }

  ClimbAllOptions options_;
  ProcessBudget budget_;
  std::vector<ClimbedTarget> results_{};
  std::vector<bool> finished_{};
  std::size_t next_ = 0, done_ = 0, handed_over_ = 0, working_ = 0;
  bool interrupted_ = false;
  std::exception_ptr error_{};
  asio::io_context io_{1};
  Prober prober_{io_};
  asio::signal_set signals_{io_, SIGINT, SIGTERM};
};

}  // namespace

bool climb_all(const Targets& targets, ClimbAllOptions options) {
  return ClimbAll{targets, std::move(options)}.run();
}

}  // namespace rdpwatch::daemon
