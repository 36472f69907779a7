#include "daemon/budget.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "daemon/schedule.h"

namespace rdpwatch::daemon {
namespace {

using Duration = Budget::Duration;
using TimePoint = Budget::TimePoint;

/// How much earlier than its turn a connection of the schedule is taken: starts are never quite on time.
constexpr Duration kTurnSlack = std::chrono::seconds{1};

/// How long after its slot a connection of the schedule may have come that nobody saw. Less than what the
/// schedule waits for room: or the slot a window later would be lost.
constexpr Duration kLateness = std::chrono::milliseconds{900};

std::string_view unmapped(std::string_view address) {
  constexpr std::string_view kMapped = "::ffff:";
  if (address.starts_with(kMapped) && address.find('.') != std::string_view::npos)
    address.remove_prefix(kMapped.size());
  return address;
}

/// The turn after one that is taken at `now`: at even distances in the long run, also when the slots of the
/// schedule do not fall on them.
TimePoint following_turn(TimePoint turn, TimePoint now, Duration distance) {
  if (turn == TimePoint{}) return now + distance;
  return std::max(turn, now - distance / 2) + distance;
}

}  // namespace

std::size_t Budget::PlaceHash::operator()(PlaceView place) const {
  return static_cast<std::size_t>(stable_hash(place.first) + place.second * 0x9e3779b97f4a7c15);
}

void Budget::configure(config::ConnectionBudget limits) {
  connections_ = static_cast<std::size_t>(std::max(limits.connections, 0));
  window_ = Duration{limits.window}.count();
}

Budget::Limits Budget::limits() const { return {connections_, Duration{window_} + kGuard}; }

/// What is known of a place, after what no longer counts has left. The stripe's lock is held.
Budget::Endpoint& Budget::endpoint_at(Stripe& stripe, PlaceView place, const Limits& limits, TimePoint now) {
  if (stripe.next_sweep <= now) sweep(stripe, limits, now);
  if (const auto found = stripe.endpoints.find(place); found != stripe.endpoints.end()) {
    expire(found->second, limits, now);
    return found->second;
  }
  Endpoint& endpoint = stripe.endpoints.try_emplace(Place{place.first, place.second}).first->second;
  // Nobody knows whose slots there were in the gap.
  if (gap_ && now < gap_->to + limits.window) endpoint.uses.assign(limits.connections, {gap_->to, false});
  if (gap_) endpoint.traced = gap_->to;
  return endpoint;
}

Budget::Answer Budget::ask(const Request& request, TimePoint now) {
  const Limits limits = this->limits();
  const PlaceView place{unmapped(request.address), request.port};
  Stripe& stripe = stripe_of(PlaceHash{}(place));
  Answer answer;
  {
    const std::scoped_lock lock{stripe.mutex};
    Endpoint& endpoint = endpoint_at(stripe, place, limits, now);
    Claim& mine = claim(endpoint, request, now);
    if (request.kind == ConnectionKind::Scheduled) answer = schedule_asks(endpoint, mine, limits, now);
    else answer.granted = beside_schedule(endpoint, limits);
    if (answer.granted) endpoint.uses.push_back({now, request.kind == ConnectionKind::Scheduled});
  }
  count(request.kind, answer.granted);
  return answer;
}

bool Budget::begin_trace(std::string_view address, std::uint16_t port, TimePoint now) {
  const PlaceView place{unmapped(address), port};
  Stripe& stripe = stripe_of(PlaceHash{}(place));
  bool granted = false;
  if (traces_.fetch_add(1) < kTracesAtOnce) {
    const std::scoped_lock lock{stripe.mutex};
    Endpoint& endpoint = endpoint_at(stripe, place, limits(), now);
    granted = endpoint.traced == TimePoint{} || endpoint.traced + kTraceApart <= now;
    if (granted) endpoint.traced = now;
  }
  if (!granted) --traces_;
  count(ConnectionKind::PathTrace, granted);
  return granted;
}

void Budget::count(ConnectionKind kind, bool granted) {
  Counter& counter = counters_[static_cast<std::size_t>(kind)];
  (granted ? counter.granted : counter.refused).fetch_add(1, std::memory_order_relaxed);
}

void Budget::expire(Endpoint& endpoint, const Limits& limits, TimePoint now) {
  const auto in_window =
      std::ranges::find_if(endpoint.uses, [&](const Use& use) { return now < use.time + limits.window; });
  endpoint.uses.erase(endpoint.uses.begin(), in_window);
  std::erase_if(endpoint.claims, [&](const Claim& claim) {
    return claim.seen + std::max<Duration>(2 * claim.interval, limits.window) < now;
  });
}

Budget::Claim& Budget::claim(Endpoint& endpoint, const Request& request, TimePoint now) {
  const auto interval = std::max(request.interval, std::chrono::seconds{1});
  auto found = std::ranges::find(endpoint.claims, request.target, &Claim::target);
  if (found == endpoint.claims.end()) {
    endpoint.claims.push_back({request.target, interval, now, now});
    return endpoint.claims.back();
  }
  found->interval = interval;
  found->seen = now;
  const bool asks_again = now < found->slot + Duration{interval} / 2;
  if (request.kind == ConnectionKind::Scheduled && !asks_again) found->slot = now;
  return *found;
}

Budget::Answer Budget::schedule_asks(Endpoint& endpoint, Claim& claim, const Limits& limits, TimePoint now) {
  if (limits.connections == 0) return {};
  if (limits.connections <= endpoint.uses.size()) {
    // With a limit that was lowered there may be more uses than connections.
    const Use& leaves = endpoint.uses[endpoint.uses.size() - limits.connections];
    return {false, leaves.time + limits.window - now};
  }
  const auto window = std::chrono::duration<double>{limits.window - kGuard};
  const auto needs = std::transform_reduce(endpoint.claims.begin(), endpoint.claims.end(), 0.0, std::plus{},
                                           [&](const Claim& each) { return window / each.interval; });
  const double excess = needs / static_cast<double>(limits.connections);
  if (excess <= 1) {
    endpoint.next = {};
    claim.next = {};
    return {true};
  }
  const auto turn = now + kTurnSlack;
  if (turn < endpoint.next || turn < claim.next) return {};
  const auto stretched = [](auto duration, double factor) {
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double>{duration} * factor);
  };
  endpoint.next =
      following_turn(endpoint.next, now, stretched(window, 1 / static_cast<double>(limits.connections)));
  claim.next = following_turn(claim.next, now, stretched(claim.interval, excess));
  return {true};
}

/// What the schedule needs in a window.
std::size_t Budget::reserved(const Endpoint& endpoint, const Limits& limits) {
  const Duration window = limits.window - kGuard;
  std::size_t sum = 0;
  for (const Claim& each : endpoint.claims) {
    const Duration interval = each.interval;
    sum += static_cast<std::size_t>((window + interval - Duration{1}) / interval);
  }
  return sum;
}

bool Budget::beside_schedule(const Endpoint& endpoint, const Limits& limits) {
  if (limits.connections <= endpoint.uses.size()) return false;
  const auto others = static_cast<std::size_t>(
      std::ranges::count_if(endpoint.uses, [](const Use& use) { return !use.scheduled; }));
  return others + reserved(endpoint, limits) < limits.connections;
}

void Budget::fill(Endpoint& endpoint, const Limits& limits, const Gap& gap) {
  endpoint.traced = gap.to;
  for (const Claim& each : endpoint.claims) {
    const Duration interval = each.interval;
    const Duration enough =
        std::min<Duration>(limits.window, interval * static_cast<int>(limits.connections));
    const TimePoint from = std::max(gap.from, gap.to - enough);
    TimePoint slot = each.slot - ((each.slot - from) / interval + 1) * interval;
    for (; slot <= gap.to; slot += interval)
      if (from < slot) endpoint.uses.push_back({std::min(slot + kLateness, gap.to), true});
  }
  const auto others = static_cast<std::size_t>(
      std::ranges::count_if(endpoint.uses, [](const Use& use) { return !use.scheduled; }));
  for (auto sum = others + reserved(endpoint, limits); sum < limits.connections; ++sum)
    endpoint.uses.push_back({gap.to, false});
  std::ranges::sort(endpoint.uses, {}, &Use::time);
  if (limits.connections < endpoint.uses.size())
    endpoint.uses.erase(endpoint.uses.begin(),
                        endpoint.uses.end() - static_cast<std::ptrdiff_t>(limits.connections));
}

std::vector<Budget::Remembered> Budget::remembered() const {
  std::vector<Remembered> all;
  for (const Stripe& stripe : stripes_) {
    const std::scoped_lock lock{stripe.mutex};
    for (const auto& [place, endpoint] : stripe.endpoints)
      all.push_back({place.first, place.second, endpoint.uses, endpoint.claims, endpoint.traced});
  }
  return all;
}

void Budget::restore(std::vector<Remembered> endpoints, std::optional<Gap> gap) {
  const Limits limits = this->limits();
  gap_ = gap;
  for (Remembered& each : endpoints) {
    Endpoint endpoint{std::move(each.uses), std::move(each.claims), {}, each.traced};
    if (gap) {
      std::erase_if(endpoint.uses, [&](const Use& use) { return use.time + limits.window <= gap->to; });
      if (endpoint.claims.empty()) continue;  // as if it were unheard of
      fill(endpoint, limits, *gap);
    }
    Place place{std::move(each.address), each.port};
    stripe_of(PlaceHash{}(place)).endpoints.insert_or_assign(std::move(place), std::move(endpoint));
  }
}

void Budget::sweep(Stripe& stripe, const Limits& limits, TimePoint now) {
  for (auto each = stripe.endpoints.begin(); each != stripe.endpoints.end();) {
    expire(each->second, limits, now);
    const bool unused =
        each->second.uses.empty() && each->second.claims.empty() && each->second.traced + kTraceApart <= now;
    each = unused ? stripe.endpoints.erase(each) : std::next(each);
  }
  stripe.next_sweep = now + limits.window;
}

Budget::Counts Budget::counts(ConnectionKind kind) const {
  const Counter& counter = counters_[static_cast<std::size_t>(kind)];
  return {counter.granted.load(std::memory_order_relaxed), counter.refused.load(std::memory_order_relaxed)};
}

std::size_t Budget::endpoints() const {
  std::size_t sum = 0;
  for (const Stripe& stripe : stripes_) {
    const std::scoped_lock lock{stripe.mutex};
    sum += stripe.endpoints.size();
  }
  return sum;
}

}  // namespace rdpwatch::daemon
