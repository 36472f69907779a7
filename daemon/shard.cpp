#include "daemon/shard.h"

#include <algorithm>
#include <exception>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/post.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <pthread.h>

#include "daemon/exception_text.h"

namespace rdpwatch::daemon {
namespace {

constexpr std::size_t kTraceLines = 2'000;
constexpr std::size_t kTraceBytes = 4'096;  // of a probe of the schedule

Schedule::TimePoint now() { return std::chrono::steady_clock::now(); }

Schedule::Outcome outcome_of(const ProbeResult& result) {
  if (result.end != ProbeEnd::Finished) return Schedule::Outcome::Unknown;
  return result.report->verdict == Verdict::Failed ? Schedule::Outcome::Failed : Schedule::Outcome::Passed;
}

/// Of a result without a report.
NoProbe why_none(const ProbeResult& result) {
  return result.end == ProbeEnd::Budget ? NoProbe::Budget : NoProbe::Stopping;
}

/// A probe of the schedule is traced in case it fails: a healthy climb says five short lines.
TraceSink sink_into(std::string& text) {
  return [&text](std::string_view line) {
    if (text.size() + line.size() < kTraceBytes) text.append(line).push_back('\n');
  };
}

std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  const auto sink = sink_into(text);
  for (const auto& line : lines) sink(line);
  return text;
}

/// The probe failed because whoever asked for it had less patience than the module.
bool cut_short(const ProbeReport& report, std::chrono::milliseconds patience, const config::Module& module) {
  return report.verdict == Verdict::Failed && patience < module.timeout && patience <= report.duration;
}

/// The times of the one can be compared with those of the other.
bool climbs_alike(const config::Target& a, const config::Target& b) {
  return a.host == b.host && a.port == b.port && a.module->depth == b.module->depth;
}

}  // namespace

std::size_t shard_of(const config::Target& target, std::size_t count) {
  std::string place = target.endpoint();
  std::ranges::transform(place, place.begin(), [](char c) {
    return 'A' <= c && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  return static_cast<std::size_t>(stable_hash(place) % count);
}

Shard::Shard(const MakeEngine& make_engine, Budget& budget, std::size_t limit, ShardEvents events)
    : work_{io_.get_executor()},
      budget_{budget},
      events_{std::move(events)},
      engine_{make_engine(io_)},
      schedule_{limit},
      tick_{io_} {}

Shard::~Shard() {
  io_.stop();
  if (thread_.joinable()) thread_.join();
}

void Shard::start() {
  thread_ = std::thread{[this] { run(); }};
  pthread_setname_np(thread_.native_handle(), "probes");
}

void Shard::run() {
  arm_tick();
  try {
    io_.run();
  } catch (...) {
    events_.crashed(text_of(std::current_exception()));
  }
}

void Shard::replace(std::vector<std::shared_ptr<const config::Target>> targets, std::size_t limit) {
  asio::post(io_, [this, targets = std::move(targets), limit] { adopt(targets, limit); });
}

void Shard::adopt(const std::vector<std::shared_ptr<const config::Target>>& targets, std::size_t limit) {
  std::vector<Schedule::Item> items;
  items.reserve(targets.size());
  for (const auto& target : targets)
    items.push_back({target->id, target->module->interval, target->module->failing_interval});
  schedule_.set_limit(limit);
  const auto keys = schedule_.replace(items, now());
  apply_pauses();

  auto before = std::exchange(states_, {});
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto key = keys[i];
    if (states_.size() <= key) states_.resize(key + 1);
    const bool stays = key < before.size() && before[key] && before[key]->target->id == targets[i]->id;
    states_[key] = stays ? std::move(before[key]) : std::make_shared<TargetState>();
    if (stays && !climbs_alike(*states_[key]->target, *targets[i])) states_[key]->memory.baseline = nullptr;
    states_[key]->target = targets[i];
    states_[key]->hash = stable_hash(targets[i]->id);
    if (!stays) states_[key]->looks = LookPlan{states_[key]->hash, now()};
    states_[key]->key = key;
  }
  // The state of a removed target that is in flight waits for it: the id may come back before that.
  for (Schedule::Key key = 0; key < before.size(); ++key) {
    if (!before[key] || !schedule_.busy(key)) continue;
    if (states_.size() <= key) states_.resize(key + 1);
    if (!states_[key]) states_[key] = std::move(before[key]);
  }
}

void Shard::set_baseline(std::chrono::seconds window) {
  asio::post(io_, [this, window] { baseline_ = window; });
}

void Shard::pause(std::vector<std::string> ids) {
  asio::post(io_, [this, ids = std::move(ids)]() mutable {
    paused_ = std::move(ids);
    apply_pauses();
  });
}

void Shard::apply_pauses() {
  std::vector<Schedule::Key> keys;
  for (const auto& id : paused_)
    if (const auto key = schedule_.find(id)) keys.push_back(*key);
  if (const auto lost = schedule_.pause(keys); lost != 0) events_.skipped(SkipReason::Paused, lost);
}

void Shard::resume(std::shared_ptr<const std::vector<ResumedTarget>> targets) {
  asio::post(io_, [this, targets = std::move(targets)] {
    for (const ResumedTarget& each : *targets) {
      const auto key = schedule_.find(each.id);
      if (!key) continue;
      states_[*key]->memory = each.memory;
      if (each.failed) schedule_.resume_failing(*key, *each.failed);
    }
  });
}

void Shard::arm_tick() {
  tick_.expires_at(Schedule::tick_after(now()));
  tick_.async_wait([this](asio::error_code error) {
    if (error || stopping_) return;
    ++ticks_;
    arm_tick();
    advance();
  });
}

void Shard::advance() {
  if (stopping_) return;
  std::vector<Schedule::Start> starts;
  const auto skipped = schedule_.advance(now(), starts);
  in_flight_.store(schedule_.in_flight(), std::memory_order_relaxed);
  moves_ += starts.size();
  for (const auto& start : starts) {
    const StatePtr& state = states_[start.key];
    state->running_module = state->target->module->name;
    spawn(run_scheduled(state, start.due));
  }
  if (skipped.overruns != 0) events_.skipped(SkipReason::Overrun, skipped.overruns);
  if (skipped.paused != 0) events_.skipped(SkipReason::Paused, skipped.paused);
}

void Shard::spawn(asio::awaitable<void> probe) {
  asio::co_spawn(io_, std::move(probe), [this](const std::exception_ptr& error) {
    if (error) events_.crashed(text_of(error));
  });
}

ProbeRequest Shard::request_for(const StatePtr& state, ConnectionKind kind) {
  state->interval = schedule_.interval(state->key);
  state->retry_after = {};
  ProbeRequest request;
  request.target = state->target;
  request.memory = &state->memory;
  request.baseline = baseline_;
  request.kind = kind;
  request.permit = [this, target = state.get()](const std::string& address, std::uint16_t port,
                                                ConnectionKind what) {
    const auto answer = budget_.ask({address, port, what, target->hash, target->interval}, now());
    if (!answer.granted && what == ConnectionKind::Scheduled) target->retry_after = answer.retry_after;
    return answer.granted;
  };
  return request;
}

asio::awaitable<void> Shard::run_scheduled(StatePtr state, Schedule::TimePoint due) {
  const auto lag = std::max<std::chrono::nanoseconds>(now() - due, std::chrono::nanoseconds{0});
  std::string trace;
  auto request = request_for(state, ConnectionKind::Scheduled);
  request.bypass_name = true;
  request.trace = sink_into(trace);
  auto climb = engine_.probe(std::move(request));
  auto result = co_await std::move(climb);
  if (result.end == ProbeEnd::Budget && Budget::Duration{} < state->retry_after &&
      state->retry_after <= kBudgetWait) {
    asio::steady_timer room{io_, state->retry_after};
    co_await room.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
    if (!stopping_) {
      auto again = request_for(state, ConnectionKind::Scheduled);
      again.bypass_name = true;
      again.trace = sink_into(trace);
      auto second_climb = engine_.probe(std::move(again));
      result = co_await std::move(second_climb);
    }
  }
  if (result.end == ProbeEnd::Finished) {
    tell_finished(state, {result.report, lag, std::move(trace)});
    consider_look(state, *result.report);
  }
  for (const auto& done : std::exchange(state->joined, {})) done({result.report, why_none(result), {}, true});
  if (result.end == ProbeEnd::Budget) events_.skipped(SkipReason::Budget, 1);
  finish(state, outcome_of(result));
}

void Shard::tell_finished(const StatePtr& state, FinishedProbe probe) {
  if (probe.report->verdict != Verdict::Failed) probe.trace = {};
  probe.memory = state->memory;
  events_.finished(std::move(probe));
}

void Shard::finish(const StatePtr& state, Schedule::Outcome outcome) {
  ++moves_;
  state->running_module.clear();
  if (schedule_.finish(state->key, outcome, now())) states_[state->key] = nullptr;
  in_flight_.store(schedule_.in_flight(), std::memory_order_relaxed);
  if (stopping_) drained();
  else if (0 < schedule_.waiting()) advance();
}

void Shard::probe_now(OnDemandRequest request, std::function<void(OnDemandAnswer)> done) {
  asio::post(io_, [this, request = std::move(request), done = std::move(done)]() mutable {
    begin_on_demand(std::move(request), std::move(done));
  });
}

void Shard::begin_on_demand(OnDemandRequest request, std::function<void(OnDemandAnswer)> done) {
  const auto key = schedule_.find(request.target);
  if (stopping_) return done({.none = NoProbe::Stopping});
  if (!key) return done({.none = NoProbe::Unknown});
  const StatePtr& state = states_[*key];
  const auto& module = request.module ? *request.module : *state->target->module;
  if (schedule_.busy(*key) && state->running_module == module.name) {
    state->joined.push_back(std::move(done));
    return;
  }
  if (schedule_.busy(*key)) return done({.none = NoProbe::Busy});
  if (!schedule_.begin_extra(*key)) return done({.none = NoProbe::Limit});
  in_flight_.store(schedule_.in_flight(), std::memory_order_relaxed);
  state->running_module = module.name;
  spawn(run_on_demand(state, std::move(request), std::move(done)));
}

asio::awaitable<void> Shard::run_on_demand(StatePtr state, OnDemandRequest request,
                                           std::function<void(OnDemandAnswer)> done) {
  OnDemandAnswer answer;
  auto probe = request_for(state, ConnectionKind::AdHoc);
  probe.retries = 0;
  probe.timeout = request.timeout;
  const auto own = state->target->module;
  const bool is_own = !request.module || request.module == own;
  if (!is_own) {
    auto target = *state->target;
    target.module = request.module;
    probe.baseline = {};  // another depth takes another time
    probe.target = std::make_shared<const config::Target>(std::move(target));
  }
  probe.trace = [&lines = answer.trace](std::string_view line) {
    if (lines.size() < kTraceLines) lines.emplace_back(line);
  };
  auto climb = engine_.probe(std::move(probe));
  const auto result = co_await std::move(climb);
  answer.report = result.report;
  answer.none = why_none(result);
  answer.counted =
      is_own && result.end == ProbeEnd::Finished && !cut_short(*result.report, request.timeout, *own);
  if (answer.counted) tell_finished(state, {result.report, std::nullopt, joined(answer.trace)});
  if (!request.trace) answer.trace.clear();
  for (const auto& also : std::exchange(state->joined, {})) also({result.report, answer.none, {}, true});
  done(std::move(answer));
  finish(state, Schedule::Outcome::Unknown);
}

void Shard::stop(std::function<void()> stopped) {
  asio::post(io_, [this, stopped = std::move(stopped)]() mutable {
    stopping_ = true;
    stopped_ = std::move(stopped);
    tick_.cancel();
    if (engine_.stop_looks) engine_.stop_looks();
    if (0 < schedule_.waiting()) events_.skipped(SkipReason::Shutdown, schedule_.waiting());
    drained();
  });
}

void Shard::abort() {
  asio::post(io_, [this] { engine_.stop(); });
}

void Shard::ask_pulse(std::function<void(Pulse)> answer) {
  asio::post(io_, [this, answer = std::move(answer)] { answer({ticks_, moves_, 0 < schedule_.waiting()}); });
}

void Shard::consider_look(const StatePtr& state, const ProbeReport& report) {
  if (!engine_.look || stopping_ || state->looking || !state->target->module->path_trace) return;
  const auto method = state->looks.consider(report, now());
  if (!method) return;
  const bool healthy = *method == path::Method::Echo;
  if (healthy && healthy_look_) return;
  asio::error_code ec;
  const asio::ip::tcp::endpoint endpoint{asio::ip::make_address(report.address, ec), report.port};
  if (ec || (!healthy && !budget_.begin_trace(report.address, report.port, now()))) return;
  state->looks.begun(report, now());
  state->looking = true;
  healthy_look_ = healthy_look_ || healthy;
  ++looks_;
  const Row* const row = report.failure ? report.failure->row : nullptr;
  spawn(run_look(state, {.address = report.address, .method = *method, .row = row}, endpoint));
}

asio::awaitable<void> Shard::run_look(StatePtr state, PathLook look, asio::ip::tcp::endpoint endpoint) {
  auto seeing = engine_.look(endpoint, look.method);
  look.seen = co_await std::move(seeing);
  look.time = std::chrono::system_clock::now();
  state->looking = false;
  --looks_;
  if (look.method == path::Method::Echo) healthy_look_ = false;
  else budget_.end_trace();
  if (stopping_) drained();
  else events_.looked(state->target->id, std::move(look));
}

void Shard::drained() {
  if (schedule_.in_flight() == 0 && looks_ == 0 && stopped_) std::exchange(stopped_, {})();
}

}  // namespace rdpwatch::daemon
