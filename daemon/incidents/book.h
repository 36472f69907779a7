#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "daemon/incidents/grouping.h"
#include "daemon/incidents/incident.h"

namespace rdpwatch::daemon::incidents {

/// Which incidents are open: a pure core over find_groups(), told of the time.
///
/// An incident opens when its group was the explanation for kSettle, or for a round of probes when that takes
/// longer, so that the subnets of a site do not open one after the other while its hosts are probed one after
/// the other. It closes when less than half of what opens it holds, or something else explains its failures,
/// for kLinger, or at once when what opens at that moment explains some of them. Targets of which nothing is
/// known may be failing: they close nothing, unless those that were probed show the repair.
class Book {
 public:
  static constexpr std::chrono::seconds kSettle{60};
  static constexpr std::chrono::seconds kLinger{60};
  static constexpr std::size_t kMostOpen = 20;  ///< each has two series

  void configure(const Thresholds& to_open) { to_open_ = to_open; }

  struct Change {
    bool opened = false;
    Incident incident{};
  };
  /// Copies what find_groups() needs beside the verdicts; the function takes milliseconds for 10,000 targets,
  /// on any thread, as long as nothing changes `verdicts`.
  std::function<std::vector<Group>()> find(const Verdicts& verdicts) const;
  /// Goes by what was found in the verdicts of now, and says what opened and what closed. Takes as long as
  /// there are groups and failing targets in them.
  std::vector<Change> advance(const std::vector<Group>& groups, const Verdicts& verdicts, TimePoint now);

  const Incidents& open() const { return open_; }

  /// Copies what a restart needs; the function makes JSON of it, later and on any thread.
  std::function<nlohmann::json()> save() const;
  /// Before advance(): takes over what save() made. Throws for what it cannot read, and has changed nothing
  /// then; leaves out what this release knows no reason or attribute for.
  void load(const nlohmann::json& state, TimePoint now);

 private:
  using Key = std::pair<CauseGroup, Attribute>;

  std::vector<OpenGroup> open_groups(const Verdicts& verdicts) const;
  void settle(const std::vector<Group>& groups, const Verdicts& verdicts, TimePoint now);
  std::vector<const Group*> settled(const std::vector<Group>& groups, const Verdicts& verdicts,
                                    TimePoint now) const;
  std::vector<Change> open_due(const std::vector<const Group*>& due, const Verdicts& verdicts, TimePoint now);
  Incidents close_others(const std::vector<Group>& groups, const std::vector<const Group*>& due,
                         const Verdicts& verdicts, TimePoint now);
  bool is_over(const Incident& incident, const Group* group, const std::vector<Group>& groups,
               const std::vector<const Group*>& due, TimePoint now);
  bool may_stay(const Group& group) const;
  bool is_known(const Group& group) const;

  Thresholds to_open_{};
  Incidents open_{};
  std::map<Key, TimePoint> settling_{};  ///< explanations that are not open, and since when they are one
  std::map<std::string, TimePoint, std::less<>> below_{};  ///< by id: since when it does not hold any more
};

}  // namespace rdpwatch::daemon::incidents
