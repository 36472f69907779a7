#pragma once

#include <string>
#include <vector>

#include "daemon/commands/terminal.h"

namespace rdpwatch::daemon {

struct ExplainOptions {
  std::vector<std::string> words{};  ///< a reason, a topic, or one or two codes; none: all reasons
  bool all = false;
  bool runbook = false;  ///< the whole runbook as Markdown
  bool json = false;
  ColourMode colour = ColourMode::Auto;
};

/// `rdpwatch explain`. Returns the exit code.
int explain(const ExplainOptions& options);

}  // namespace rdpwatch::daemon
