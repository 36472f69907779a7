#pragma once

#include <cstddef>
#include <vector>

#include "daemon/incidents/grouping.h"

/// Whether it may be chance that many of a group fail.
namespace rdpwatch::daemon::incidents {

/// The chance that `failing` or more of `members` fail, when each does so by itself at `rate`: the upper tail
/// of the binomial distribution, to six digits.
double chance_of(std::size_t failing, std::size_t members, double rate);

/// Leaves out of `groups`, all of one cause, those that are not open and may be chance, at the rate at which
/// others fail: when 45 % of all hosts fail at random, one site in two has lost half of its hosts, and that
/// is no incident of the site. `failing`: places of those that fail by the cause. `looked_at`: how many
/// groups might have been among `groups`; of that many, some look bad on any day.
void erase_chance(std::vector<Group>& groups, const std::vector<std::uint32_t>& failing,
                  const Verdicts& verdicts, std::size_t looked_at);

}  // namespace rdpwatch::daemon::incidents
