#pragma once

#include <string>

#include "daemon/text.h"
#include "probes/report.h"

namespace rdpwatch::daemon {

/// The report for people: the verdict, the rungs with their times, then what was seen, what the user would
/// see, the findings, the server, and what to do. Outcomes are told by a word beside the sign, so that
/// nothing rests on colour. Ends with a line end.
std::string ladder(const ProbeReport& report, const TextStyle& style);

/// The same without the heading and what to do, to stand in a longer text: for_output() is left to the
/// caller.
std::string rungs(const ProbeReport& report, const TextStyle& style);

}  // namespace rdpwatch::daemon
