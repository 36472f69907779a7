#pragma once

#include <chrono>
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
/// findings the earliest phase decides, as for any failure. A failure that `policy.severity` lowers becomes a
/// finding. When the connection to an address that the host cannot have fails, dns_invalid_address is the
/// failure; when something answers there, it stays a finding.
///
/// A finding with an exception in force at `time`, when the probe began, is an info whatever else policy
/// says, and its detail says until when.
///
/// Fills everything but target, host, port, module, time, duration and attempts. Pure.
ProbeReport judge_attempt(AttemptResult attempt, const config::Policy& policy,
                          std::chrono::system_clock::time_point time);

}  // namespace rdpwatch::net
