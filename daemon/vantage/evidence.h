#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "daemon/vantage/check.h"
#include "daemon/vantage/survey.h"
#include "probes/report.h"
#include "probes/taxonomy/cause.h"

/// What single looks mean: pure functions from evidence to a Look.
namespace rdpwatch::daemon::vantage {

/// One target's name, asked of the target's own name servers, past every cache.
struct NameAsked {
  std::string name{};
  std::optional<Cause> failure{};  ///< nothing: it has addresses
};
/// Disturbed when no name got an answer; "no such name" is one. That a server failed for a single name may be
/// the fault of that name.
Look judge_names(const std::vector<NameAsked>& names);
/// A bad look at name servers, when probes get names resolved: then it was these names, or one server of
/// several.
Look unless_resolved(Look look, const Passing& passing);

/// Whether the kernel has a way to an address.
struct RouteAsked {
  std::string address{};
  int error = 0;  ///< errno; 0: it has
};
/// `targets`: addresses of targets beyond this machine. Disturbed when there is no way to more than half of
/// them; a default route that nobody needs may be missing.
Look judge_routes(const std::vector<RouteAsked>& targets, bool default_route);
/// A bad look at routes, when most probes connect.
Look unless_connected_out(Look look, const Passing& passing);

/// A climb, as far as a check needs it. Nothing in `report`: it could not be made, see `none`.
struct Climbed {
  std::string target{};
  std::shared_ptr<const ProbeReport> report{};
  std::string none{};
};
/// Of the responder in this program. Disturbed when it failed.
Look judge_self_probe(const Climbed& climbed);
/// A bad look at ourselves, when most probes connect: then somebody is at our responder, or only it is
/// hindered.
Look unless_connected(Look look, const Passing& passing);
/// Disturbed when every control target that could be climbed failed.
Look judge_controls(const std::vector<Climbed>& controls);

}  // namespace rdpwatch::daemon::vantage
