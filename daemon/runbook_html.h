#pragma once

#include <string>

#include "daemon/runbook.h"

namespace rdpwatch::daemon {

/// The body of a section's page, from below its heading: HTML without style or script, reasons as links.
std::string runbook_body_html(const RunbookSection& section);

}  // namespace rdpwatch::daemon
