#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "config/config.h"
#include "daemon/selection.h"
#include "daemon/store.h"

namespace rdpwatch::daemon {

/// A pause that somebody ordered at run time.
struct PauseOrder {
  std::string id{};              ///< unique; short enough to be typed
  config::Maintenance window{};  ///< once, never weekly
  std::string who{};
  bool operator==(const PauseOrder&) const = default;
};

/// Which targets are paused, until when and why: by the windows of the configuration and by orders. A pure
/// core: whoever owns it passes the wall clock in and asks again at next_change().
///
/// Everything follows from the clock as it is now, so a clock that jumps, forward or back, is right again at
/// the next look. Of several pauses that hold for a target the one that ends last is shown.
///
/// Which targets a window or an order means is looked up once, and for a new configuration in parts, see
/// look_up(): of 10,000 targets and 400 pauses that takes longer than others may wait. From then on a look at
/// the clock costs a few operations for each target, however many pauses there are.
///
/// When a pause ends, the target stays in the list with `over` set for one interval and one probe, in which
/// the first probe after it comes: see TargetRecord::pause.
class Pauses {
 public:
  using TimePoint = std::chrono::system_clock::time_point;
  static constexpr std::size_t kMaxOrders = 1000;

  /// Takes a new configuration; orders stay, and so does what is known of targets that stay. Takes effect
  /// when all is looked up.
  void configure(const std::vector<config::Maintenance>& windows, Targets targets, TimePoint now);

  /// Adds an order and returns the id that it got, or a sentence that says why it cannot be. `selection` is
  /// what its selector means, looked up as a whole in targets().
  std::expected<std::string, std::string> add(PauseOrder order, Selection selection, TimePoint now);
  /// Ends an order before its time; false when there is none of this id.
  bool end(std::string_view id, TimePoint now);
  /// In place of all orders, as they were saved. Those that have ended meanwhile end now. Takes effect as
  /// configure() does.
  void restore(std::vector<PauseOrder> orders, TimePoint now);

  /// After configure() or restore(): whether there is more to look up. Until it is done by_target() stays as
  /// it is, whatever else happens.
  bool pending() const;
  /// Looks up with about `comparisons` of a target with a selector; when that was all, the rest takes effect.
  void look_up(std::size_t comparisons, TimePoint now);

  /// Looks at the clock. True when by_target() changed.
  bool advance(TimePoint now);

  /// When by_target() changes next; nothing when it never does by itself.
  std::optional<TimePoint> next_change() const { return next_change_; }

  /// One for each target of configure(), in that order; nullptr: not paused.
  const std::vector<std::shared_ptr<const Pause>>& by_target() const { return by_target_; }
  /// Places of the targets that no probe is to be started of: those that are paused, and while something is
  /// pending, those of which nothing is known yet.
  std::vector<std::uint32_t> left_alone() const;
  const Targets& targets() const { return targets_; }
  std::vector<PauseOrder> orders() const;

  /// A window or an order, for lists.
  struct Listed {
    std::string_view id;  ///< empty for a window of the configuration
    const config::Maintenance* window = nullptr;
    std::string_view who;
    std::optional<TimePoint> until{};  ///< set while it is in force
    std::size_t targets = 0;           ///< that it selects
  };
  /// Valid until the next change.
  std::vector<Listed> list(TimePoint now) const;

  /// Comparisons of a target with a selector, and targets that were given a pause, since the beginning.
  std::uint64_t work() const { return work_; }

  /// What the clock or a reload did, for the audit: a window began or ended, an order ran out.
  struct Event {
    bool began = false;
    PauseOrder what{};  ///< without an id: a window
  };
  std::vector<Event> take_events() { return std::exchange(events_, {}); }

 private:
  struct Entry {
    config::Maintenance window{};
    std::string id{};
    std::string who{};
    Selection selection{};
    std::shared_ptr<const Pause> pause{};  ///< while it is in force
  };
  /// What is left of pauses that have ended, by what they were.
  using Ended = std::unordered_map<const Pause*, std::shared_ptr<const Pause>>;

  Entry entry_for(const config::Maintenance& window);
  void look_up(Entry& entry, std::size_t& left);
  void adopt(Targets targets);
  bool evaluate(TimePoint now);
  void drop_ended(TimePoint now);
  void judge(Entry& entry, TimePoint now);
  std::vector<const Entry*> in_force() const;
  std::shared_ptr<const Pause> after(std::size_t target, Ended& ended, TimePoint now);
  void change_at(TimePoint time);

  std::vector<Entry> entries_{};  ///< windows, then orders
  Targets targets_{};
  std::vector<std::shared_ptr<const Pause>> by_target_{};
  std::vector<TimePoint> over_until_{};  ///< by target; meaningful while its pause is over
  std::vector<bool> unknown_{};          ///< by target: it came with what is pending
  std::optional<TimePoint> next_change_{};
  TimePoint looked_{};
  std::uint64_t last_id_ = 0;
  std::uint64_t work_ = 0;
  std::vector<Event> events_{};
};

}  // namespace rdpwatch::daemon
