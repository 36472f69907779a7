#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "config/config.h"
#include "daemon/runbook.h"
#include "daemon/store.h"
#include "probes/taxonomy/taxonomy.h"

namespace rdpwatch::daemon {

/// Targets on one page of the list.
inline constexpr std::size_t kTargetsPerPage = 1000;

/// `text` where HTML expects text or an attribute in double quotes.
std::string escape_html(std::string_view text);

/// The first page: what this is, links, the targets with their states, failing first. `page` counts from 1;
/// one beyond the last shows the last.
std::string fleet_html(const Records& records, std::string_view version, std::size_t page);

/// One target: its last probe, phase by phase, with what to do.
std::string target_html(const TargetRecord& record);

/// A section of the runbook.
std::string runbook_html(const RunbookSection& section);

}  // namespace rdpwatch::daemon
