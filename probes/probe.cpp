#include "probes/probe.h"

#include <algorithm>
#include <list>
#include <optional>
#include <utility>

#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

#include "probes/net/attempt.h"
#include "probes/net/by_address.h"
#include "probes/net/climb.h"
#include "probes/net/judge_network.h"
#include "probes/net/resolve.h"
#include "probes/net/tls_context.h"
#include "probes/net/verdict.h"
#include "probes/path/egress.h"

namespace rdpwatch {
namespace {

using Clock = std::chrono::steady_clock;
using net::AttemptResult;

constexpr std::chrono::hours kNlaQuestionInterval{1};
constexpr std::chrono::seconds kNlaQuestionPatience{3};
constexpr std::chrono::seconds kBypassPatience{5};

/// A retry of a steady rhythm comes due just when its predecessor leaves the budget's window: it may ask this
/// often, with this much between.
constexpr int kBudgetQuestions = 5;
constexpr std::chrono::milliseconds kBudgetPause{250};

/// A pause between tries that cancelling the probe ends.
class Pause final : private net::Interruptible {
 public:
  Pause(asio::io_context& io, net::Deadline& deadline) : timer_{io}, deadline_{deadline} {}
  asio::awaitable<void> wait(std::chrono::milliseconds length) {
    timer_.expires_after(length);
    deadline_.clear();
    deadline_.attach(*this);
    asio::error_code ec;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    deadline_.detach();
  }

 private:
  void interrupt() override { timer_.cancel(); }

  asio::steady_timer timer_;
  net::Deadline& deadline_;
};

/// A climb that ended without any answer, whether the peer was seen to leave before our request or only after
/// it: a try that listens first can tell the two apart.
bool ended_unheard(const AttemptResult& attempt) {
  if (!attempt.climb.failure) return false;
  const auto& [phase, observation] = *attempt.climb.failure;
  if (phase == Phase::Connect)
    return observation.cause == Cause::ClosedOnAccept || observation.cause == Cause::ResetOnAccept;
  return phase == Phase::Negotiate &&
         (observation.cause == Cause::Closed || observation.cause == Cause::Reset);
}

/// NLA is selected, so that only a second question can tell whether it is also required.
bool selects_nla(const std::optional<NegotiationEvidence>& negotiation) {
  return negotiation && 1 < negotiation->selected_protocol;
}

/// Joins a drift that the climb itself saw: a report names a reason once.
void add_drift(net::Judgements& findings, std::string detail) {
  const auto known = std::ranges::find(findings, Cause::PolicyDrift, &net::Judgement::cause);
  if (known != findings.end()) known->detail += "; " + detail;
  else findings.push_back({Phase::Negotiate, Cause::PolicyDrift, std::nullopt, std::move(detail)});
}

/// It passed, and nothing says that its name led elsewhere.
bool at_the_right_host(const ProbeReport& report) {
  return !report.failure && report.connect &&
         std::ranges::none_of(report.findings, [](const Finding& finding) {
           const auto cause = finding.row->cause;
           return cause == Cause::IdentityMismatch || cause == Cause::UnexpectedAddress ||
                  cause == Cause::InvalidAddress;
         });
}

void remember(const ProbeReport& report, TargetMemory& memory) {
  if (report.tls && report.tls->certificate) memory.certificate = report.tls->certificate;
  if (report.negotiation && report.negotiation->negotiation_data) {
    memory.negotiation_flags = report.negotiation->flags;
    if (!selects_nla(report.negotiation)) memory.nla_required = false;
  }
  if (report.nla && !report.nla->os_build.empty()) memory.os_build = report.nla->os_build;
  if (at_the_right_host(report)) memory.good_address = report.address;
}

std::shared_ptr<const path::Context> context_of_failure(const ProbeReport& report) {
  asio::error_code ec;
  const auto address = asio::ip::make_address(report.address, ec);
  if (!report.failure || ec) return nullptr;
  return std::make_shared<const path::Context>(path::context_of(address));
}

}  // namespace

struct Prober::Impl {
  Impl(asio::io_context& io, const ProberOptions& options)
      : tools{io,
              net::make_tls_context(),
              net::CertificateCache{options.certificate_cache},
              {},
              net::Lingering{io}},
        resolver{io} {}

  net::ClimbTools tools;
  net::Resolver resolver;
  std::list<net::Deadline*> running;
  bool stopped = false;
};

namespace {

/// One probe on its way: its tries, and what they lead to.
class Run {
 public:
  Run(net::ClimbTools& tools, net::Resolver& resolver, std::list<net::Deadline*>& running, bool stopped,
      ProbeRequest request)
      : tools_{tools},
        resolver_{resolver},
        running_{running},
        request_{std::move(request)},
        module_{*request_.target->module},
        deadline_{tools.io},
        at_{running.insert(running.end(), &deadline_)} {
    if (stopped) deadline_.cancel();
  }
  ~Run() { running_.erase(at_); }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  asio::awaitable<ProbeResult> go();

 private:
  asio::awaitable<void> tries();
  asio::awaitable<void> retry_while_it_fails();
  asio::awaitable<AttemptResult> retry(int number, bool listen_first, Pause& pause);
  asio::awaitable<void> ask_nla_required(net::ClimbResult& passed, asio::ip::address address);
  asio::awaitable<void> bypass_name();
  asio::awaitable<std::optional<net::Bypass>> ask_expected_name();
  void compare_with_past(std::chrono::system_clock::time_point time);
  net::AttemptTask attempt_task(int number, bool listen_first);
  std::chrono::milliseconds timeout() const {
    return request_.timeout ? std::min(module_.timeout, *request_.timeout) : module_.timeout;
  }
  bool cancelled() const { return deadline_.state() == net::Interrupt::Cancelled; }

  net::ClimbTools& tools_;
  net::Resolver& resolver_;
  std::list<net::Deadline*>& running_;
  ProbeRequest request_;
  const config::Module& module_;
  net::Deadline deadline_;
  std::list<net::Deadline*>::iterator at_;
  int attempts_ = 1;
  AttemptResult last_{};  ///< of the tries that were made
};

net::AttemptTask Run::attempt_task(int number, bool listen_first) {
  auto kind = request_.kind;
  if (1 < number && kind == ConnectionKind::Scheduled) kind = ConnectionKind::Retry;
  const auto until = Clock::now() + timeout();
  deadline_.set(until);
  return {tools_, resolver_, request_, deadline_, until, kind, listen_first};
}

/// One more try after the delay. Its end is Budget when the budget allows none for a second.
asio::awaitable<AttemptResult> Run::retry(int number, bool listen_first, Pause& pause) {
  AttemptResult result;
  result.end = AttemptResult::End::Budget;
  for (int question = 0; question < kBudgetQuestions && result.end == AttemptResult::End::Budget;
       ++question) {
    co_await pause.wait(question == 0 ? module_.retry_delay : kBudgetPause);
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    if (cancelled() || cancellation.cancelled() != asio::cancellation_type::none) {
      result.end = AttemptResult::End::Cancelled;
      co_return result;
    }
    result = {};
    co_await net::attempt(attempt_task(number, listen_first), result);
  }
  co_return result;
}

/// Tries until one passes or the retries are used up.
asio::awaitable<void> Run::tries() {
  const bool wary = request_.memory != nullptr && request_.memory->ended_unheard;
  co_await net::attempt(attempt_task(1, wary), last_);
  if (last_.end == AttemptResult::End::Done && last_.climb.failure) co_await retry_while_it_fails();
}

/// A coroutine of its own, so that the others, which pass at once, hold no second result.
asio::awaitable<void> Run::retry_while_it_fails() {
  const int retries = std::max(0, request_.retries.value_or(module_.retries));
  Pause pause{tools_.io, deadline_};
  while (last_.end == AttemptResult::End::Done && last_.climb.failure && attempts_ <= retries) {
    auto next = co_await retry(attempts_ + 1, ended_unheard(last_), pause);
    if (next.end == AttemptResult::End::Budget) {
      last_.climb.failure->observation.detail += "; not retried: connection budget";
      break;
    }
    ++attempts_;
    if (next.end == AttemptResult::End::Done && !next.climb.failure) {
      const auto& [phase, observation] = *last_.climb.failure;
      next.climb.findings.push_back({phase, Cause::PassedOnRetry, std::nullopt,
                                     "the try before failed in " + std::string{to_string(phase)} + ": " +
                                         std::string{classify(phase, observation.cause).reason} + ", " +
                                         observation.detail});
    }
    last_ = std::move(next);
  }
}

/// Rests on an extra connection, so: after a climb that passed, once an hour, and only if the budget allows.
/// What it finds joins the findings of that climb, so that policy judges all of them alike.
asio::awaitable<void> Run::ask_nla_required(net::ClimbResult& passed, asio::ip::address address) {
  auto* const memory = request_.memory;
  if (memory == nullptr || request_.timeout.has_value() || passed.failure || !selects_nla(passed.negotiation))
    co_return;
  const auto now = Clock::now();
  if (memory->nla_required_asked && now < *memory->nla_required_asked + kNlaQuestionInterval) co_return;
  if (request_.permit && !request_.permit(passed.address, request_.target->port, ConnectionKind::AdHoc))
    co_return;
  memory->nla_required_asked = now;
  const auto until = now + std::min<Clock::duration>(kNlaQuestionPatience, timeout());
  deadline_.set(until);
  static const TraceSink kSilent;
  net::Climb climb{tools_,
                   {.target = *request_.target,
                    .module = module_,
                    .deadline = deadline_,
                    .until = until,
                    .trace = kSilent}};
  if (co_await climb.connect(address, passed.address, until)) {
    if (const auto required = co_await climb.ask_nla_required()) {
      if (memory->nla_required == true && !*required)
        add_drift(passed.findings, "NLA was required, now the host also takes TLS without it");
      memory->nla_required = required;
    }
  }
  climb.end();
}

/// Of a target that is an address: where its expected name leads, when that is elsewhere.
asio::awaitable<std::optional<net::Bypass>> Run::ask_expected_name() {
  const auto& target = *request_.target;
  if (!target.expect || target.expect->dns_name.empty()) co_return std::nullopt;
  net::ResolveRequest question{target.expect->dns_name, module_.resolver, {}, deadline_.at()};
  const auto answer = co_await resolver_.resolve(std::move(question));
  if (!answer || cancelled()) co_return std::nullopt;
  const auto& addresses = answer->addresses;
  if (last_.address && std::ranges::find(addresses, *last_.address) != addresses.end())
    co_return std::nullopt;
  co_return net::Bypass{addresses.front(), BypassBy::Name};
}

/// When it is open which half is broken, the name or the host: one climb that leaves the name out, if the
/// budget allows it. After the tries, so it never delays a retry; the verdict stays that of the name.
asio::awaitable<void> Run::bypass_name() {
  auto& climb = last_.climb;
  const bool literal = last_.resolve && last_.resolve->from_literal;
  const bool in_doubt = literal ? net::doubts_address(climb) : net::doubts_name(climb);
  if (!request_.bypass_name || request_.timeout.has_value() || !in_doubt) co_return;
  const auto until = Clock::now() + std::min<Clock::duration>(kBypassPatience, timeout());
  deadline_.set(until);
  std::optional<net::Bypass> bypass;
  if (literal) bypass = co_await ask_expected_name();
  else
    bypass =
        net::bypass_of(*request_.target, last_.resolve, request_.memory ? request_.memory->good_address : "");
  if (!bypass || cancelled()) co_return;
  const auto text = bypass->address.to_string();
  if (request_.permit && !request_.permit(text, request_.target->port, ConnectionKind::ByAddress)) {
    net::tell("not climbed by address: connection budget", climb);
    co_return;
  }
  net::Climb second{tools_,
                    {.target = *request_.target,
                     .module = module_,
                     .deadline = deadline_,
                     .until = until,
                     .trace = request_.trace,
                     .host_is_address = literal}};
  if (co_await second.connect(bypass->address, text, until)) co_await second.ascend();
  second.end();
  if (second.result().cancelled) co_return;
  last_.by_address = net::conclude(*request_.target, climb, bypass->by, second.result());
  net::tell(last_.by_address->conclusion, climb);
}

/// Only what passed is compared and remembered: a failure has a reason of its own.
void Run::compare_with_past(std::chrono::system_clock::time_point time) {
  auto* const memory = request_.memory;
  auto& climb = last_.climb;
  if (memory == nullptr || request_.baseline <= std::chrono::seconds{0} || climb.failure || !climb.connect)
    return;
  auto baseline = memory->baseline ? *memory->baseline : Baseline{};
  baseline.add(net::baseline_sample(climb, 1 < attempts_), time, request_.baseline);
  last_.baseline = {baseline.round_trip(), baseline.climb(), baseline.repeats()};
  net::judge_network(*last_.baseline, climb.phases, climb.findings);
  memory->baseline = std::make_shared<const Baseline>(baseline);
}

asio::awaitable<ProbeResult> Run::go() {
  const auto time = std::chrono::system_clock::now();
  const auto began = Clock::now();
  co_await tries();
  if (last_.end == AttemptResult::End::Budget) co_return ProbeResult{ProbeEnd::Budget, nullptr};
  if (last_.end == AttemptResult::End::Cancelled || cancelled()) co_return ProbeResult{};
  const auto duration = Clock::now() - began;
  if (request_.memory != nullptr) request_.memory->ended_unheard = ended_unheard(last_);
  co_await bypass_name();
  if (cancelled()) co_return ProbeResult{};
  if (const auto address = last_.address) co_await ask_nla_required(last_.climb, *address);
  if (cancelled()) co_return ProbeResult{};
  compare_with_past(time);
  auto report = std::make_shared<ProbeReport>(net::judge_attempt(std::move(last_), module_.policy, time));
  const auto& target = *request_.target;
  report->target = target.id;
  report->host = target.host;
  report->port = target.port;
  report->module = module_.name;
  report->time = time;
  report->duration = duration;
  report->attempts = attempts_;
  report->context = context_of_failure(*report);
  if (request_.memory != nullptr) {
    remember(*report, *request_.memory);
    if (report->negotiation) report->negotiation->nla_required = request_.memory->nla_required;
  }
  co_return ProbeResult{ProbeEnd::Finished, std::move(report)};
}

}  // namespace

Prober::Prober(asio::io_context& io, ProberOptions options) : impl_{std::make_unique<Impl>(io, options)} {}

Prober::~Prober() = default;

asio::awaitable<ProbeResult> Prober::probe(ProbeRequest request) {
  // Cancellation is looked at where we wait; an exception at any co_await would cut the ends of climbs short.
  const bool throwing = co_await asio::this_coro::throw_if_cancelled();
  co_await asio::this_coro::throw_if_cancelled(false);
  ProbeResult result;
  {
    Run run{impl_->tools, impl_->resolver, impl_->running, impl_->stopped, std::move(request)};
    result = co_await run.go();
  }
  co_await asio::this_coro::throw_if_cancelled(throwing);
  co_return result;
}

void Prober::stop() {
  impl_->stopped = true;
  for (auto* const deadline : impl_->running) deadline->cancel();
  impl_->resolver.stop();
  impl_->tools.lingering.close_all();
}

}  // namespace rdpwatch
