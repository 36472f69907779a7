#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "daemon/incidents/incident.h"
#include "daemon/page/fleet_query.h"
#include "daemon/store.h"
#include "daemon/vantage/health.h"

namespace rdpwatch::daemon::page {

/// The first page: open incidents, whether our own place is sound, and what the fleet is like, as a table
/// that sorts, filters and is searched; failing first.
std::string fleet_html(const Records& records, const FleetQuery& query, std::string_view version,
                       std::chrono::system_clock::time_point now, const incidents::Incidents& open,
                       const vantage::Health& health);

}  // namespace rdpwatch::daemon::page
