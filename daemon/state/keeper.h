#pragma once

#include <chrono>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <asio/thread_pool.hpp>

#include "daemon/budget.h"
#include "daemon/history.h"
#include "daemon/log.h"
#include "daemon/metrics/self_metrics.h"
#include "daemon/shard.h"
#include "daemon/state/section.h"
#include "daemon/state/state_file.h"
#include "daemon/state/target_state.h"
#include "daemon/store.h"

namespace rdpwatch::daemon::state {

struct Contents;

/// Why a daemon is not to start over a state.
struct Refusal {
  std::string why{};    ///< one sentence
  bool in_use = false;  ///< by another daemon: it may work later, with nothing changed
};

/// Keeps the state on disk: loads it at the start, saves it at once, then once a minute, and at the stop.
///
/// Lives on the main loop, which only copies, kSlice targets at a time (below half a millisecond); a thread
/// of its own makes text of them and writes. What cannot be written stays in memory, is warned of once, and
/// is tried again a minute later.
class Keeper {
 public:
  static constexpr std::size_t kSlice = 250;
  static constexpr std::chrono::milliseconds kSoon{5'000};

  /// What is kept; everything outlives the Keeper's calls.
  struct Parts {
    asio::io_context& io;
    Store& store;
    History& history;
    Budget& budget;
    metrics::SelfMetrics& metrics;
    Log& log;
    std::string release;
    std::chrono::milliseconds interval{60'000};
    std::chrono::milliseconds soon = kSoon;
    FileCalls files = FileCalls::of_the_system();
  };

  explicit Keeper(Parts parts);
  /// Waits for a step of writing that is under way; see busy().
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  /// Once, when the store, the history and the budget know `config`: puts the state of `folder` into them and
  /// into the sections, and returns what probe threads go on with. A file that cannot be read is set aside.
  /// A Refusal when it is of a newer release, or of a daemon that runs: it is not touched.
  std::expected<std::vector<ResumedTarget>, Refusal> load(const std::filesystem::path& folder,
                                                          const config::Config& config, Sections sections);

  /// Begins to save; without load(), never does.
  void start();
  /// Saves within kSoon, not more often than that.
  void save_soon();

  /// Saves once more; `done` is called on the main loop. `orderly`: no probe has run since, or will.
  void stop(bool orderly, std::function<void()> done);

  /// The thread is writing, and the destructor would wait for it.
  bool busy() const;

 private:
  struct Work;

  std::expected<Contents, Refusal> read(const config::Config& config);
  void set_aside(const std::string& why);
  std::vector<ResumedTarget> take(Contents contents);
  std::string load_sections(const Contents& contents);
  asio::awaitable<void> keep();
  asio::awaitable<std::expected<void, std::string>> save(bool last);
  std::vector<TargetState> copy(const Records& records, std::size_t first) const;
  void tell(const std::expected<void, std::string>& saved);

  Parts parts_;
  Sections sections_{};
  std::shared_ptr<Work> work_{};  ///< nullptr: nothing is kept
  asio::steady_timer timer_;
  std::chrono::steady_clock::time_point due_{};  ///< the next save
  std::function<void()> done_{};
  bool started_ = false;
  bool ending_ = false;
  bool orderly_ = false;
  bool failing_ = false;
  asio::thread_pool background_{1};
};

}  // namespace rdpwatch::daemon::state
