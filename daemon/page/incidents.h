#pragma once

#include "daemon/incidents/incident.h"
#include "daemon/page/pieces.h"

namespace rdpwatch::daemon::page {

/// What is open: what the targets share, how many fail, why, since when.
Html incidents_section(const incidents::Incidents& open, Clock::time_point now);

}  // namespace rdpwatch::daemon::page
