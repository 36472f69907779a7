#pragma once

#include "daemon/commands/select_targets.h"

namespace rdpwatch::daemon {

struct LearnOptions {
  TargetChoice choice{};
  std::size_t parallel = 64;
};

/// `rdpwatch learn`. Returns the exit code.
int learn(const LearnOptions& options);

}  // namespace rdpwatch::daemon
