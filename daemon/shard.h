#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>

#include "daemon/budget.h"
#include "daemon/liveness.h"
#include "daemon/look_plan.h"
#include "daemon/no_probe.h"
#include "daemon/path_look.h"
#include "daemon/schedule.h"
#include "daemon/store.h"
#include "probes/probe.h"

namespace rdpwatch::daemon {

/// What climbs and looks at ways: a Prober and a Looker, or a stand-in of a test.
struct Engine {
  std::function<asio::awaitable<ProbeResult>(ProbeRequest)> probe{};
  std::function<void()> stop{};  ///< running probes return ProbeEnd::Cancelled soon
  /// Empty: nothing looks at ways.
  std::function<asio::awaitable<path::Look>(asio::ip::tcp::endpoint, path::Method)> look{};
  std::function<void()> stop_looks{};  ///< running ones return soon
};
using MakeEngine = std::function<Engine(asio::io_context&)>;

/// An engine that owns a Prober and a Looker.
Engine make_prober_engine(asio::io_context& io);

/// A probe that somebody asks for beside the schedule.
struct OnDemandRequest {
  std::string target{};                            ///< id
  std::shared_ptr<const config::Module> module{};  ///< nullptr: the target's own
  std::chrono::milliseconds timeout{};
  bool trace = false;
};
struct OnDemandAnswer {
  std::shared_ptr<const ProbeReport> report{};  ///< nullptr: there is none, see `none`
  NoProbe none = NoProbe::Stopping;             ///< why there is no report, if so
  std::vector<std::string> trace{};
  bool counted = false;  ///< by whoever got it first: ShardEvents::finished, or another who asked
};

/// A result of the target's own module that counts.
struct FinishedProbe {
  std::shared_ptr<const ProbeReport> report{};
  std::optional<std::chrono::nanoseconds>
      lag{};              ///< how late the schedule was; nothing for a probe on demand
  std::string trace{};    ///< empty unless it failed; lines that end with \n, not too many
  TargetMemory memory{};  ///< of the target, after the probe
};

/// What a shard tells its owner, on the shard's thread: whoever listens hands it on without waiting.
struct ShardEvents {
  std::function<void(FinishedProbe)> finished{};
  std::function<void(SkipReason reason, std::uint64_t count)> skipped{};
  std::function<void(std::string what)> crashed{};  ///< a bug: an exception came out of a probe
  std::function<void(std::string target, PathLook look)> looked{};
};

/// What a target goes on with after a restart.
struct ResumedTarget {
  std::string id{};
  TargetMemory memory{};
  std::optional<Schedule::TimePoint> failed{};  ///< start of the last probe, when that failed
};

/// Which of `count` shards a target lives on: ids that name the same host:port share one.
std::size_t shard_of(const config::Target& target, std::size_t count);

/// One probe thread: an io_context, what climbs, a schedule over its share of the targets and what those
/// targets showed before. Public functions may be called from any thread; all else happens on its own.
///
/// The schedule moves on ticks of 100 ms. The lag of a probe is the time from its slot to the moment its
/// coroutine runs. A probe of the schedule that the connection budget refuses is made up for once when there
/// is room within kBudgetWait, which absorbs the jitter of starts; otherwise it is skipped.
///
/// Looks at the way to a target (LookPlan) run beside the schedule, which never waits for one: after a
/// failure within the budget for traces, of hosts that work one at a time.
class Shard {
 public:
  static constexpr std::chrono::seconds kBudgetWait{1};

  Shard(const MakeEngine& make_engine, Budget& budget, std::size_t limit, ShardEvents events);
  /// Ends the thread. Probes in flight are abandoned: stop() and abort() come first.
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  void start();

  /// Takes a new list and limit; targets that stay keep their state, running probes their configuration.
  void replace(std::vector<std::shared_ptr<const config::Target>> targets, std::size_t limit);

  /// Takes how much of their past targets are compared with.
  void set_baseline(std::chrono::seconds window);

  /// From now on the schedule starts no probe of exactly these targets; of targets that a
  /// later replace() brings as well.
  void pause(std::vector<std::string> ids);

  /// Before start(), after replace(): what targets showed before a restart. Ids of other shards are ignored.
  void resume(std::shared_ptr<const std::vector<ResumedTarget>> targets);

  /// Joins a probe of the same module in flight, or makes one try within the budget. `done` is called once,
  /// on the shard's thread. The result of the target's own module is one of its results like any other,
  /// except a failure for want of time where the asker gave less than the module does: that says nothing
  /// about the host.
  void probe_now(OnDemandRequest request, std::function<void(OnDemandAnswer)> done);

  /// Starts nothing any more, ends looks, and calls `stopped`, on the shard's thread, when nothing is in
  /// flight.
  void stop(std::function<void()> stopped);
  /// Cancels what is in flight.
  void abort();

  /// Asks for a sign of life. `answer` is called once, on the shard's thread, when its loop gets to it.
  void ask_pulse(std::function<void(Pulse)> answer);

  std::size_t in_flight() const { return in_flight_.load(std::memory_order_relaxed); }

 private:
  struct TargetState {
    std::shared_ptr<const config::Target> target{};
    std::uint64_t hash = 0;
    Schedule::Key key = 0;
    TargetMemory memory{};
    LookPlan looks{0, {}};
    bool looking = false;
    std::string running_module{};  ///< of the probe in flight
    std::chrono::seconds interval{};
    Budget::Duration retry_after{};  ///< the budget's last answer to the probe in flight
    std::vector<std::function<void(OnDemandAnswer)>> joined{};
  };
  using StatePtr = std::shared_ptr<TargetState>;

  void run();
  void adopt(const std::vector<std::shared_ptr<const config::Target>>& targets, std::size_t limit);
  void apply_pauses();
  void arm_tick();
  void advance();
  void spawn(asio::awaitable<void> probe);
  ProbeRequest request_for(const StatePtr& state, ConnectionKind kind);
  asio::awaitable<void> run_scheduled(StatePtr state, Schedule::TimePoint due);
  asio::awaitable<void> run_on_demand(StatePtr state, OnDemandRequest request,
                                      std::function<void(OnDemandAnswer)> done);
  void tell_finished(const StatePtr& state, FinishedProbe probe);
  void finish(const StatePtr& state, Schedule::Outcome outcome);
  void begin_on_demand(OnDemandRequest request, std::function<void(OnDemandAnswer)> done);
  void consider_look(const StatePtr& state, const ProbeReport& report);
  asio::awaitable<void> run_look(StatePtr state, PathLook look, asio::ip::tcp::endpoint endpoint);
  void drained();

  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  Budget& budget_;
  ShardEvents events_;
  Engine engine_;
  Schedule schedule_;
  asio::steady_timer tick_;
  std::vector<StatePtr> states_{};     ///< by Schedule::Key
  std::vector<std::string> paused_{};  ///< ids
  std::chrono::seconds baseline_{};    ///< 0: not told yet
  std::function<void()> stopped_{};
  bool stopping_ = false;
  std::size_t looks_ = 0;      ///< under way
  bool healthy_look_ = false;  ///< one of a host that works is under way
  std::uint64_t ticks_ = 0;    ///< for pulses, as is moves_
  std::uint64_t moves_ = 0;
  std::atomic<std::size_t> in_flight_{0};
  std::thread thread_{};
};

}  // namespace rdpwatch::daemon
