#pragma once

#include "daemon/page/fleet_select.h"
#include "daemon/page/html.h"
#include "daemon/page/search.h"

namespace rdpwatch::daemon::page {

/// What the search found beside targets: the reasons behind codes, or the reason of that name; perhaps
/// nothing.
Html search_panel(const Search& search, const Facets& facets);

}  // namespace rdpwatch::daemon::page
