#pragma once

#include <atomic>
#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <asio/steady_timer.hpp>

#include "daemon/budget.h"
#include "daemon/commands/run.h"
#include "daemon/history.h"
#include "daemon/http/actions.h"
#include "daemon/incident_keeper.h"
#include "daemon/log.h"
#include "daemon/metrics/self_metrics.h"
#include "daemon/notify/heartbeat.h"
#include "daemon/notify/notifier.h"
#include "daemon/on_demand.h"
#include "daemon/path_keeper.h"
#include "daemon/pause_keeper.h"
#include "daemon/reload.h"
#include "daemon/service_reporter.h"
#include "daemon/shard_group.h"
#include "daemon/state/keeper.h"
#include "daemon/state/section.h"
#include "daemon/store.h"
#include "daemon/url_follower.h"
#include "daemon/vantage_keeper.h"
#include "daemon/watch.h"
#include "daemon/web_follower.h"

namespace rdpwatch::daemon {

/// The HTTP doors, as the app sees them. All calls come from the main loop.
class Doors {
 public:
  virtual ~Doors() = default;
  /// Listens on all addresses or on none; says which cannot be had, and why.
  virtual std::expected<void, std::string> start(const std::vector<std::string>& addresses) = 0;
  /// Before start(), and when it changes.
  virtual void secure(const config::WebFile& web) = 0;
  virtual void stop() = 0;
  virtual std::vector<std::string> addresses() const = 0;
};

/// What the doors are made of; everything outlives them.
struct DoorContext {
  asio::io_context& io;
  const Store& store;
  const History& history;
  metrics::SelfMetrics& metrics;
  Actions actions;
  const RunOptions& options;
};
using MakeDoors = std::function<std::unique_ptr<Doors>(DoorContext)>;

/// What the app is put together from; tests put stand-ins here.
struct AppParts {
  MakeEngine make_engine{};
  MakeDoors make_doors{};
  config::FetchUrl fetch{};
  std::function<FetchErrors()> fetch_errors{};  ///< of URLs whose last fetch failed; empty: none ever fails
  std::function<void(const std::vector<std::string>&)> keep_urls{};  ///< may be empty; forgets the others
  std::function<Exchange()> make_exchange{};  ///< of alerts and heartbeats; may be empty: none are sent
  metrics::BuildInfo build{};
  Watcher::Options watch{};
  std::chrono::milliseconds url_refresh{60'000};
  std::function<std::chrono::system_clock::time_point()> wall_clock =
      std::chrono::system_clock::now;  ///< of pauses, incidents and the vantage
  std::chrono::milliseconds incident_interval{5'000};
  vantage::MakeSenses make_senses{};  ///< may be empty: our own place is judged by what probes saw alone
  std::chrono::milliseconds vantage_interval{10'000};
  std::filesystem::path state_directory{};  ///< when the configuration names none; empty: nothing is kept
  std::chrono::milliseconds state_interval{60'000};
  std::chrono::milliseconds state_soon = state::Keeper::kSoon;
  std::shared_ptr<const ServiceManager> service_manager{};  ///< nullptr: there is none
};

/// The daemon. The main loop, on the thread that calls run(), has the signals, the doors, the result store
/// and the reload; it talks to the probe threads by posting and never waits for them. Ownership is a tree:
/// the app owns shards, a shard its schedule and its probes.
///
/// Stopping: no new probes; those in flight may finish within the longest probe deadline, at most
/// kStopGrace; then they are cancelled and have kAbortGrace for it. Then the state is saved, within
/// kSaveGrace; what alerts and heartbeats still do is left after 1.5 s more. In all 19 s, where the unit
/// gives
/// 20. A second signal ends the process at once.
class App {
 public:
  static constexpr std::chrono::milliseconds kStopGrace{13'000};
  static constexpr std::chrono::milliseconds kAbortGrace{1'500};
  static constexpr std::chrono::milliseconds kSaveGrace{3'000};

  App(RunOptions options, AppParts parts, Log& log);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  /// Loads, listens, probes, until stopped. Returns the exit code of RunOptions' run().
  int run();

  /// As the first SIGTERM. From any thread.
  void request_stop();
  /// As SIGHUP. From any thread.
  void request_reload();

  /// After run(): something is still running that did not end in time, and destroying the app would wait for
  /// it or pull the ground from under it. The process should end here.
  bool abandoned() const { return abandoned_ || loader_.busy() || keeper_.busy(); }

  asio::io_context& io() { return io_; }
  const Store& store() const { return store_; }                          ///< on the main loop
  const metrics::SelfMetrics& self_metrics() const { return metrics_; }  ///< on the main loop
  const History& history() const { return history_; }                    ///< on the main loop

 private:
  enum class Trigger : std::uint8_t { Operator, Watch };

  int start();
  ServiceReporter::Parts service_parts();
  LifeCheck::Parts life_parts();
  int load_state();
  void activate(std::shared_ptr<const config::Config> config);
  void secure(std::shared_ptr<const config::WebFile> web);
  ShardEvents events();
  /// What is kept over restarts besides the targets; asked once, at the start.
  state::Sections sections();
  void take(const FinishedProbe& probe);
  Actions actions();
  asio::awaitable<ReloadResult> reload(Trigger trigger);
  asio::awaitable<void> reload_and_forget(Trigger trigger, std::string who);
  void warn(const std::vector<config::Diagnostic>& warnings);
  void tell_loaded(bool unchanged, const std::vector<config::Diagnostic>& warnings);
  void refuse(const std::vector<config::Diagnostic>& diagnostics, Trigger trigger);
  void spawn(asio::awaitable<void> task);
  void await_signal();
  void stop();
  void abort_probes();
  void save_and_end(bool orderly);
  void end();
  void crashed(const std::string& what);

  RunOptions options_;
  AppParts parts_;
  Log& log_;
  asio::io_context io_{1};
  metrics::SelfMetrics metrics_;
  Store store_{};
  History history_{};
  PauseKeeper pauses_;
  IncidentKeeper incidents_;
  Budget budget_{{}};
  VantageKeeper vantage_;
  state::Keeper keeper_;
  Loader loader_;
  Watcher watcher_;
  WebFollower web_follower_;
  asio::signal_set signals_;
  asio::steady_timer reload_gate_;  ///< cancelled when a reload ends: whoever waits looks again
  UrlFollower urls_;
  asio::steady_timer stop_timer_;
  ServiceReporter service_;
  notify::Notifier notifier_;
  notify::Heartbeat heartbeat_;
  std::unique_ptr<Doors> doors_{};
  std::shared_ptr<const config::Config> config_{};
  ShardGroup shards_;
  PathKeeper paths_;
  OnDemand on_demand_;
  std::string refused_{};  ///< what was said about the last refused configuration
  bool reloading_ = false;
  bool stopping_ = false;
  bool saving_ = false;  ///< for the last time
  bool abandoned_ = false;
  int exit_code_ = 0;
};

}  // namespace rdpwatch::daemon
