#pragma once

#include "daemon/incidents/incident.h"
#include "daemon/page/pieces.h"

namespace rdpwatch::daemon::page {

/// What is open: what the targets share, how many fail, why, since when. `pending`: how many targets have no
/// verdict yet; the silence of incidents says nothing about them.
Html incidents_section(const incidents::Incidents& open, std::size_t pending, Clock::time_point now);

}  // namespace rdpwatch::daemon::page
