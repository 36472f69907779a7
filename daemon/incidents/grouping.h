#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "daemon/incidents/cause_group.h"
#include "daemon/incidents/verdicts.h"

/// Which failures belong together: a pure function over the table of verdicts.
namespace rdpwatch::daemon::incidents {

/// How many and which share of those who have an attribute must fail by one cause. To open, the number counts
/// hosts and ports, however many ids they have.
struct Thresholds {
  std::size_t targets = 3;
  double share = 0.5;

  bool reached(std::size_t failing, std::size_t members) const {
    // 55 % of 20 are 11, whatever binary fractions make of it.
    constexpr double kRounding = 1e-9;
    return targets <= failing &&
           share * static_cast<double>(members) <= static_cast<double>(failing) + kRounding;
  }
  /// What is open closes below half of what opens it.
  Thresholds to_stay() const { return {(targets + 1) / 2, share / 2}; }
};

/// Those who have an attribute, and how many of them fail by one cause. Paused targets count nowhere.
struct Group {
  CauseGroup cause{};
  AttributeId attribute = kNoAttribute;
  std::size_t members = 0;
  std::size_t pending = 0;               ///< of them nothing is known
  std::chrono::seconds round{};          ///< in which as many probes end as there are members
  std::vector<std::uint32_t> failing{};  ///< places in Verdicts::members(), rising
  bool open = false;                     ///< an incident of it is open
  bool explains = false;                 ///< it is the explanation that was chosen for these failures
};

/// What is open already.
struct OpenGroup {
  CauseGroup cause{};
  AttributeId attribute = kNoAttribute;
};

/// The groups that explain failures, and each one of `open` whether it still does or not.
///
/// Candidates are the groups that reach `to_open` and fail clearly more often than what is outside of them,
/// or that are open and reach half of it. For each cause, those are chosen that explain its failures with the
/// least: an incident more costs as much as `to_open.targets` exceptions, which are members that do not fail,
/// and failures that nothing explains. So a whole site is one incident, not one for each of its subnets; two
/// sites of four are two, and not "all targets". What a chosen group leaves over must reach the thresholds by
/// itself to be another incident.
std::vector<Group> find_groups(const Verdicts& verdicts, const Thresholds& to_open,
                               const std::vector<OpenGroup>& open);

}  // namespace rdpwatch::daemon::incidents
