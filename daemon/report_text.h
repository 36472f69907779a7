#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "daemon/text.h"
#include "probes/report.h"

/// Parts of a report in words, for the terminal and the page alike.
namespace rdpwatch::daemon {

/// `text` and `more` with `separator` between them, unless one is empty.
std::string joined(std::string text, std::string_view more, std::string_view separator = ", ");

/// "2.1 ms", "1.250 s"
std::string duration_text(std::chrono::nanoseconds duration);

/// "2026-11-25", UTC
std::string date_text(std::chrono::sys_seconds time);

/// The ink of an outcome, which its word stands beside.
Ink outcome_ink(Outcome outcome);

/// What a rung that was passed showed, short; perhaps nothing.
std::string evidence_text(Phase phase, const ProbeReport& report);

/// The code pairs with their basis and what stands on the screen; empty when nothing is known.
std::string user_sees_text(const Row& row);

/// "10.1.1.2 by eth0 (ethernet), route 10.2.0.0/16 via 10.1.1.1"
std::string egress_text(const path::Egress& egress);

}  // namespace rdpwatch::daemon
