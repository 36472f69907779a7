#include "probes/net/attempt.h"

#include <algorithm>
#include <set>
#include <utility>

#include "probes/net/resolve.h"

namespace rdpwatch::net {
namespace {

using Clock = std::chrono::steady_clock;

/// An address that did not work, for the finding.
struct Dead {
  std::string address;
  PhaseStop stop;
};

/// One climb and where it went.
struct Climbed {
  ClimbResult climb;
  asio::ip::address address;
};

/// Whether a failed connect says something of the host, and not of the machine that we run on: without IPv6
/// here, an AAAA record is no fault of the target.
bool tells_of_host(const ClimbResult& climb) {
  if (!climb.failure) return true;
  switch (climb.failure->observation.cause) {
    case Cause::NetworkUnreachable:
    case Cause::LocalRouteDenied:
    case Cause::SocketDenied:
    case Cause::ResourcesExhausted: return false;
    default: return true;
  }
}

struct Resolved {
  std::vector<asio::ip::address> addresses{};
  bool cancelled = false;
};

bool same_family_twice(const std::vector<asio::ip::address>& addresses) {
  const auto v4 = std::ranges::count_if(addresses, [](const auto& address) { return address.is_v4(); });
  return 1 < v4 || 1 < static_cast<std::ptrdiff_t>(addresses.size()) - v4;
}

/// One try over one target; see attempt().
class Attempt {
 public:
  Attempt(AttemptTask task, AttemptResult& result)
      : task_{task}, target_{*task.request.target}, module_{*target_.module}, result_{result} {}

  asio::awaitable<void> run();

 private:
  asio::awaitable<Resolved> resolve();
  asio::awaitable<void> first_that_connects(std::vector<asio::ip::address> addresses);
  asio::awaitable<void> every(std::vector<asio::ip::address> addresses);
  ClimbTask climb_task(bool comparable) const;
  bool decides(const Climbed& candidate, const Climbed& best) const;
  int weight(const Climbed& failed) const;
  bool permitted(const std::string& address);
  SteadyTime share(std::size_t left) const;
  void finish(ClimbResult climb, const asio::ip::address& address);
  void add_partial(std::size_t all);
  /// Keeps an address that failed beside the deciding one, if that is the address's own doing.
  void bury(Climbed other) {
    if (tells_of_host(other.climb)) dead_.push_back({other.climb.address, *std::move(other.climb.failure)});
    else trace(other.climb.address + " left out of the verdict: " + other.climb.failure->observation.detail);
  }
  void trace(const std::string& line) const {
    if (task_.request.trace) task_.request.trace(line);
  }

  AttemptTask task_;
  const config::Target& target_;
  const config::Module& module_;
  bool literal_ = false;
  bool connected_before_ = false;        ///< a connection was permitted in this try
  bool budget_ = false;                  ///< the very first one was not
  std::set<asio::ip::address> suspect_;  ///< addresses that the host cannot have
  std::vector<Dead> dead_;
  std::vector<std::string> left_out_;  ///< by the budget
  AttemptResult& result_;
};

asio::awaitable<Resolved> Attempt::resolve() {
  const auto began = Clock::now();
  const auto& limit = module_.phase_timeouts[ordinal(Phase::Resolve) - 1];
  ResolveRequest request{target_.host, module_.resolver, {}, task_.until};
  if (limit) request.deadline = std::min(request.deadline, began + *limit);
  if (target_.expect) request.expected = target_.expect->addresses;
  auto answer = co_await task_.resolver.resolve(std::move(request));
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  const bool cancelled = cancellation.cancelled() != asio::cancellation_type::none;
  if (cancelled || task_.deadline.state() == Interrupt::Cancelled) co_return Resolved{{}, true};
  auto& climb = result_.climb;
  climb.phases.reserve(ordinal(module_.depth));
  const bool literal = answer && answer->from_literal;
  if (literal) climb.phases.push_back({Phase::Resolve, Outcome::Skipped, {}});
  else climb.phases.push_back({Phase::Resolve, answer ? Outcome::Ok : Outcome::Failed, Clock::now() - began});
  if (!answer) {
    trace("resolve failed: " + answer.error().detail);
    climb.failure = PhaseStop{Phase::Resolve, std::move(answer.error())};
    co_return Resolved{};
  }
  for (auto& finding : answer->findings)
    climb.findings.push_back({Phase::Resolve, finding.cause, std::nullopt, std::move(finding.detail)});
  literal_ = literal;
  suspect_.insert(answer->suspect.begin(), answer->suspect.end());
  auto& evidence = result_.resolve.emplace();
  evidence.from_literal = answer->from_literal;
  evidence.from_cache = answer->from_cache;
  for (const auto& address : answer->addresses)
    evidence.addresses.push_back(literal && address.is_v4() ? target_.host : address.to_string());
  co_return Resolved{std::move(answer->addresses)};
}

ClimbTask Attempt::climb_task(bool comparable) const {
  return {.target = target_,
          .module = module_,
          .deadline = task_.deadline,
          .until = task_.until,
          .trace = task_.request.trace,
          .memory = comparable ? task_.request.memory : nullptr,
          .host_is_address = literal_,
          .listen_first = task_.listen_first};
}

bool Attempt::permitted(const std::string& address) {
  const auto& permit = task_.request.permit;
  const bool given = !permit || permit(address, target_.port, task_.kind);
  if (given) {
    connected_before_ = true;
  } else {
    trace("connection to " + address + " left out: connection budget");
    if (!connected_before_ && dead_.empty() && left_out_.empty()) budget_ = true;
    left_out_.push_back(address);
  }
  return given;
}

/// The end of an address's even share of what is left.
SteadyTime Attempt::share(std::size_t left) const {
  if (left < 2) return task_.until;
  const auto now = Clock::now();
  return now + (task_.until - now) / static_cast<std::int64_t>(left);
}

/// How much a failure says of the host: nothing when it is ours, little at an address that it cannot have.
int Attempt::weight(const Climbed& failed) const {
  if (!tells_of_host(failed.climb)) return 0;
  return suspect_.contains(failed.address) ? 1 : 2;
}

/// Takes over a climb as the deciding one; what resolve gave stays in front.
void Attempt::finish(ClimbResult climb, const asio::ip::address& address) {
  auto& mine = result_.climb;
  climb.findings.insert(climb.findings.begin(), std::make_move_iterator(mine.findings.begin()),
                        std::make_move_iterator(mine.findings.end()));
  mine.phases.insert(mine.phases.end(), climb.phases.begin(), climb.phases.end());
  climb.phases = std::move(mine.phases);
  mine = std::move(climb);
  result_.address = address;
  result_.suspect = suspect_.contains(address);
}

/// What the failed addresses mean beside one that works, or add to a failure of all.
void Attempt::add_partial(std::size_t all) {
  std::string detail;
  for (const auto& dead : dead_)
    detail += (detail.empty() ? "" : "; ") + dead.address + " " + std::string{to_string(dead.stop.phase)} +
              ": " + dead.stop.observation.detail;
  std::string left_out;
  for (const auto& address : left_out_) left_out += (left_out.empty() ? "" : ", ") + address;
  if (!left_out.empty()) left_out = "not tried for the connection budget: " + left_out;
  auto& climb = result_.climb;
  if (climb.failure) {
    if (!detail.empty()) climb.failure->observation.detail += " (also " + detail + ")";
    if (!left_out.empty()) climb.failure->observation.detail += "; " + left_out;
  } else if (!detail.empty()) {
    climb.findings.push_back({Phase::Resolve, Cause::PartialAddresses, std::nullopt,
                              std::to_string(dead_.size()) + " of " + std::to_string(all) +
                                  " addresses fail: " + detail + (left_out.empty() ? "" : "; ") + left_out});
  }
}

asio::awaitable<void> Attempt::first_that_connects(std::vector<asio::ip::address> addresses) {
  const bool comparable = !same_family_twice(addresses);
  const auto& texts = result_.resolve->addresses;
  std::vector<Climbed> failed;
  std::chrono::nanoseconds before{};  // what earlier addresses took counts to the connect phase
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (!failed.empty() && task_.until <= Clock::now()) break;
    if (!permitted(texts[i])) {
      if (budget_) co_return;
      continue;
    }
    Climb climb{task_.tools, climb_task(comparable)};
    const bool connected = co_await climb.connect(addresses[i], texts[i], share(addresses.size() - i));
    if (connected) co_await climb.ascend();
    climb.end();
    auto& seen = climb.result();
    if (seen.cancelled) {
      result_.end = AttemptResult::End::Cancelled;
      co_return;
    }
    before = seen.phases.front().duration += before;
    if (!connected) {
      failed.push_back({std::move(seen), addresses[i]});
      continue;
    }
    for (auto& other : failed) bury(std::move(other));
    finish(std::move(seen), addresses[i]);
    co_return;
  }
  if (failed.empty()) co_return;
  std::size_t best = 0;
  for (std::size_t i = 1; i < failed.size(); ++i)
    if (weight(failed[best]) < std::max(weight(failed[i]), 1)) best = i;
  auto deciding = failed[best];
  deciding.climb.phases.front().duration = before;
  for (auto& other : failed)
    if (other.address != deciding.address) bury(std::move(other));
  finish(std::move(deciding.climb), deciding.address);
}

/// Of two working climbs the worse; of two failed ones the one that tells more, then that of the earlier
/// phase.
bool Attempt::decides(const Climbed& one, const Climbed& other) const {
  const auto &candidate = one.climb, &best = other.climb;
  if (candidate.failure.has_value() != best.failure.has_value()) return !candidate.failure;
  if (candidate.failure && weight(one) != weight(other)) return weight(other) < weight(one);
  if (candidate.failure) return candidate.failure->phase < best.failure->phase;
  const auto worst = [](const ClimbResult& climb) {
    int level = -1;
    for (const auto& finding : climb.findings) {
      const auto severity = finding.severity.value_or(classify(finding.phase, finding.cause).severity);
      level = std::max(level, static_cast<int>(severity));
    }
    return level;
  };
  return worst(best) < worst(candidate);
}

asio::awaitable<void> Attempt::every(std::vector<asio::ip::address> addresses) {
  const auto& texts = result_.resolve->addresses;
  std::vector<Climbed> climbs;
  const auto until = task_.until;
  for (std::size_t i = 0; i < addresses.size() && Clock::now() < until; ++i) {
    if (!permitted(texts[i])) {
      if (budget_) co_return;
      continue;
    }
    task_.until = until;
    task_.until = share(addresses.size() - i);
    Climb climb{task_.tools, climb_task(addresses.size() == 1)};
    if (co_await climb.connect(addresses[i], texts[i], task_.until)) co_await climb.ascend();
    climb.end();
    if (climb.result().cancelled) {
      result_.end = AttemptResult::End::Cancelled;
      co_return;
    }
    climbs.push_back({std::move(climb.result()), addresses[i]});
  }
  task_.until = until;
  std::size_t best = 0;
  for (std::size_t i = 1; i < climbs.size(); ++i)
    if (decides(climbs[i], climbs[best])) best = i;
  for (std::size_t i = 0; i < climbs.size(); ++i)
    if (i != best && climbs[i].climb.failure) bury(std::move(climbs[i]));
  if (!climbs.empty()) finish(std::move(climbs[best].climb), climbs[best].address);
}

asio::awaitable<void> Attempt::run() {
  auto resolved = co_await resolve();
  if (resolved.cancelled) result_.end = AttemptResult::End::Cancelled;
  if (resolved.addresses.empty() || module_.depth < Phase::Connect) co_return;
  const auto all = resolved.addresses.size();
  if (module_.addresses == config::AddressMode::All) co_await every(std::move(resolved.addresses));
  else co_await first_that_connects(std::move(resolved.addresses));
  if (result_.end == AttemptResult::End::Cancelled) co_return;
  if (budget_ || result_.climb.phases.size() < 2) result_.end = AttemptResult::End::Budget;
  else add_partial(all);
}

}  // namespace

asio::awaitable<void> attempt(AttemptTask task, AttemptResult& result) {
  Attempt one{task, result};
  co_await one.run();
}

}  // namespace rdpwatch::net
