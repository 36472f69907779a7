#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "daemon/runbook.h"
#include "daemon/store.h"

namespace rdpwatch::daemon::page {

/// A section of the runbook; that of a reason tells how many of `records` show it now.
std::string section_html(const RunbookSection& section, const Records& records, std::string_view version,
                         std::chrono::system_clock::time_point now);

/// Where to start, and all reasons by family.
std::string runbook_html(std::string_view version, std::chrono::system_clock::time_point now);

/// Says what went wrong with a request, and where to go from here. `sentence` may end with a line end.
std::string error_html(int status, std::string_view sentence, std::string_view version,
                       std::chrono::system_clock::time_point now);

/// For an address of the runbook that names no reason: those that look like it.
std::string no_such_reason_html(std::string_view asked, std::string_view version,
                                std::chrono::system_clock::time_point now);

}  // namespace rdpwatch::daemon::page
