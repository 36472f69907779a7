#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include <nlohmann/json.hpp>

#include "config/config.h"
#include "daemon/notify/alert.h"
#include "daemon/notify/alert_text.h"
#include "daemon/store.h"

namespace rdpwatch::daemon::notify {

/// What is known of one alert that holds, or held a moment ago. It is pending until it fires.
struct ActiveAlert {
  AlertKind kind{};
  bool firing = false;
  Alert alert{};
  std::optional<TimePoint> over_since{};  ///< it no longer holds, and keeps firing for a while
  /// False: taken over from before a restart, and no probe has shown yet that it still holds. It neither
  /// fires nor is it sent again.
  bool confirmed = true;
};

/// One that has ended.
struct EndedAlert {
  AlertKind kind{};
  Alert alert{};
  TimePoint told{};  ///< when its end was handed out first, by this run of the daemon
};

/// Which alerts there are: a pure core, told of every report and of the time.
///
/// An alert fires when its condition has held for the time of its rule, with the time of the first failure,
/// and ends when the condition has been over for the time to keep firing, with the time of recovery. Another
/// reason changes the words only. Targets that leave the list, or whose labels change, end their alerts. Of a
/// paused target nothing is told: its alerts end, and it counts in no site.
///
/// While the vantage is disturbed, what is said of hosts may be our own fault: failures and findings are not
/// taken, nothing about hosts begins to fire, and what was about to begins anew afterwards. What fires
/// already stays, and may end.
class AlertBook {
 public:
  static constexpr int kHoldsForResends = 4;  ///< an alert that is not sent again ends after so many
  static constexpr std::chrono::hours kEndsKept{24};
  static constexpr std::size_t kMostEndsKept = 50'000;

  /// Takes a new configuration. Targets that stay keep their alerts. Linear in the targets.
  void configure(const config::Config& config, TimePoint now);

  /// Takes the last report of a target. One that is not on the list is ignored.
  void observe(const TargetRecord& record, TimePoint now);

  /// Which checks of the vantage are disturbed, and by what; empty: none.
  void set_vantage(const std::string& disturbed, TimePoint now);

  /// Takes over which targets are paused, and lets time pass. To be called every second or so; costs well
  /// below a millisecond for 10,000 targets. An end is kept for `resolved_for`, longer while `all_delivered`
  /// is false, but not beyond kEndsKept.
  void advance(const Records& records, TimePoint now, bool all_delivered);

  /// Alerts that began to fire, changed their words or ended since the last call.
  std::vector<Alert> take_changes();

  std::vector<Alert> firing() const;
  /// All that an Alertmanager has to know of which nothing is known: what fires, and what has ended.
  std::vector<Alert> all() const;

  struct Counts {
    std::array<std::size_t, 3> pending{};  ///< by Severity
    std::array<std::size_t, 3> firing{};
  };
  Counts counts() const;

  /// Copies what a restart needs; the function makes JSON of it, later and on any thread.
  std::function<nlohmann::json()> save(TimePoint now) const;
  /// After configure(). Takes over what save() made; alerts of targets that are gone end, and so do those
  /// that are over by now. What was saved so long ago that Alertmanagers have ended it by themselves is sent
  /// only after a probe has confirmed it.
  /// Throws for what it cannot read, and has changed nothing then.
  void load(const nlohmann::json& state, TimePoint now);

 private:
  using Actives = std::vector<ActiveAlert>;
  using Ended = std::unordered_map<std::string, EndedAlert>;  ///< by labels
  struct Subject {
    std::shared_ptr<const config::Target> target{};
    std::size_t site = 0;  ///< index in sites_
    bool paused = false;
    bool known = false;            ///< there was a report
    const Row* failure = nullptr;  ///< of the last one; nullptr: it passed
    Actives active{};
  };
  struct Site {
    std::string name{};  ///< empty: of the targets without the label
    std::vector<std::size_t> members{};
    std::size_t hosts = 0;  ///< members that are not paused; only those count below
    std::size_t known = 0;
    std::size_t failing = 0;
    bool changed = true;  ///< since it was judged
    Actives active{};
  };

  Subject* find(std::string_view id);
  void set_paused(Subject& subject, bool paused, TimePoint now);
  void keep(Subject& subject, Subject& old, const Origin& origin, TimePoint now);
  void group(TimePoint now);
  void count(Subject& subject, const ProbeReport& report);
  void forget_unfired();
  void judge_groups(TimePoint now);
  Outage outage_of(const std::vector<const Site*>& sites) const;
  void settle(Actives& active, AlertKind kind, std::optional<AlertText> text, TimePoint when, TimePoint now);
  void advance(TimePoint now);
  void advance(Actives& active, TimePoint now);
  void set_back(ActiveAlert& active, TimePoint now);
  void forget(TimePoint now, bool all_delivered);
  void tell(const ActiveAlert& active);
  void end(const ActiveAlert& active, TimePoint when, TimePoint now);
  void end_all(Actives& active, TimePoint now);
  void restore(const std::string& target, const std::optional<std::string>& site, ActiveAlert saved,
               TimePoint now);
  void relabel(ActiveAlert& active, std::string labels, TimePoint now);
  template <class Visit>
  void each_list(Visit visit) const;
  std::chrono::seconds hold_of(AlertKind kind) const;
  std::chrono::seconds keep_of(AlertKind kind) const;

  config::Alerts times_{};
  Origin origin_{};
  std::vector<Subject> subjects_{};  ///< sorted by id
  std::vector<Site> sites_{};        ///< sorted by name
  Actives fleet_{};
  Actives vantage_{};
  bool suspect_ = false;  ///< the vantage is disturbed
  Ended ended_{};         ///< INVARIANT: none with the labels of one that was told as firing since
  std::vector<Alert> changes_{};
};

}  // namespace rdpwatch::daemon::notify
