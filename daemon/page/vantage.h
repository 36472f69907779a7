#pragma once

#include "daemon/page/pieces.h"
#include "daemon/vantage/health.h"

namespace rdpwatch::daemon::page {

/// For the top of the page, while our own place is disturbed; nothing while it is not.
Html vantage_warning(const vantage::Health& health);
/// Every check of our own place: what is believed, since when, and what was seen.
Html vantage_section(const vantage::Health& health, Clock::time_point now);

}  // namespace rdpwatch::daemon::page
