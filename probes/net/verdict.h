#pragma once

#include <memory>
#include <optional>

#include "config/config.h"
#include "probes/net/attempt.h"
#include "probes/report.h"

namespace rdpwatch::net {

/// The report of a probe's deciding try: rows, severities after policy, verdict, findings worst first.
///
/// `policy.severity` gives a finding another severity, or makes it the failure: the verdict is then failed
/// with the finding's row and phase, and what later phases showed stays in the report. Of several such
/// findings the earliest phase decides, as for any failure. A real failure cannot be demoted by policy.
///
/// Fills everything but target, host, port, module, time, duration and attempts. Pure.
ProbeReport judge_attempt(AttemptResult attempt, const config::Policy& policy);

}  // namespace rdpwatch::net
