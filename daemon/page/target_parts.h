#pragma once

#include "daemon/history.h"
#include "daemon/page/html.h"
#include "daemon/page/pieces.h"
#include "daemon/page/target.h"
#include "daemon/store.h"

/// The sections of a target's page.
namespace rdpwatch::daemon::page {

/// What can be done by the page; nothing for what is not enabled.
Html probe_form(const TargetView& view);
Html pause_form(const TargetView& view);
/// Phase by phase, with times as numbers and as bars, and what was seen.
Html ladder_section(const ProbeReport& report);
/// What the user would see, what it means and what to do; nothing when all is well.
Html meaning_section(const ProbeReport& report);
Html findings_section(const ProbeReport& report);
Html evidence_section(const ProbeReport& report);
Html certificate_section(const ProbeReport& report, Clock::time_point now);
Html identity_section(const ProbeReport& report);
/// How the probe compares with the target's own past.
Html baseline_section(const ProbeReport& report);
/// The last look at the way there, hop by hop.
Html path_section(const TargetRecord& record);
/// The last probes, newest first, failed ones with their trace.
Html past_section(const std::vector<PastProbe>& past, Clock::time_point now);

}  // namespace rdpwatch::daemon::page
