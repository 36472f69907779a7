#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "daemon/audit.h"
#include "daemon/pause.h"
#include "daemon/pause_json.h"
#include "daemon/state/section.h"

namespace rdpwatch::daemon {

/// Puts pauses into effect: looks at the clock when something may change, tells the probe threads and the
/// store. All on the main loop; `store` has the targets of configure() at the same places.
///
/// Targets of many pauses are looked up, and the store is told, a part at a time, so that 10,000 targets hold
/// up nobody.
class PauseKeeper {
 public:
  struct Parts {
    /// Of these targets of configure() and no others, by their places.
    std::function<void(const std::vector<std::uint32_t>& places)> pause_probes{};
    std::function<void(const AuditEntry&)> audit{};
    std::function<void()> save_soon = [] {};  ///< orders came or went
    std::function<Pauses::TimePoint()> now = [] { return std::chrono::system_clock::now(); };
  };

  PauseKeeper(asio::io_context& io, Store& store, Parts parts);

  void configure(const config::Config& config);

  /// `done` is called at once, or after some turns of the loop; then the pause is in force.
  void order(const PauseRequest& request, PauseOrdered done);
  /// False when there is no order of this id. `who` and `from` as in AuditEntry.
  bool end(const std::string& id, const std::string& who, const std::string& from);
  /// Calls `then`, once, when it is known which targets are paused: at once, or after some turns of the loop.
  void when_known(std::function<void()> then);
  std::vector<Pauses::Listed> list() { return pauses_.list(parts_.now()); }

  state::Section section();
  void stop();

 private:
  /// An order that waits until it is known which targets it means.
  struct Asked {
    PauseOrder order{};
    std::string from{};
    PauseOrdered done{};
    Selection selection{};
  };

  void look_up();
  void look_up_asked();
  void answer(Asked asked);
  void tell_events();
  void changed();
  void tell_store();
  void wait();

  asio::io_context& io_;
  Store& store_;
  Parts parts_;
  Pauses pauses_{};
  asio::steady_timer timer_;
  std::function<void()> when_known_{};
  std::deque<Asked> asked_{};
  std::size_t told_ = 0;  ///< targets that the store was told about since the last change
  bool telling_ = false;
  bool looking_up_ = false;  ///< or will, on the next turn of the loop
  bool stopped_ = false;
};

}  // namespace rdpwatch::daemon
