#pragma once

#include "daemon/commands/select_targets.h"
#include "daemon/commands/terminal.h"

namespace rdpwatch::daemon {

struct DiagnoseOptions {
  TargetChoice choice{};  ///< exactly one target
  bool json = false;
  bool markdown = false;
  ColourMode colour = ColourMode::Auto;
};

/// `rdpwatch diagnose`. Returns the exit code.
int diagnose(const DiagnoseOptions& options);

}  // namespace rdpwatch::daemon
