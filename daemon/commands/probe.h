#pragma once

#include "daemon/commands/select_targets.h"
#include "daemon/commands/terminal.h"

namespace rdpwatch::daemon {

struct ProbeOptions {
  TargetChoice choice{};
  bool json = false;
  bool evidence = false;  ///< with `json`: what was seen, besides the contract
  bool quiet = false;     ///< no notes and no progress on stderr
  std::size_t parallel = 64;
  ColourMode colour = ColourMode::Auto;
};

/// `rdpwatch probe`. Returns the exit code.
int probe(const ProbeOptions& options);

}  // namespace rdpwatch::daemon
