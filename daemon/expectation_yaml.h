#pragma once

#include <string>

#include "config/config.h"
#include "probes/report.h"

namespace rdpwatch::daemon {

/// One entry of `targets:` whose `expect` block matches what the report saw, indented by two blanks. What was
/// not seen is left out; a climb that failed says so in a comment.
std::string expectation_yaml(const config::Target& target, const ProbeReport& report);

}  // namespace rdpwatch::daemon
