#include "daemon/commands/learn.h"

#include <iostream>

#include "daemon/commands/climb_all.h"
#include "daemon/commands/exit_code.h"
#include "daemon/commands/progress.h"
#include "daemon/expectation_yaml.h"

namespace rdpwatch::daemon {

int learn(const LearnOptions& options) {
  const auto selected = select_targets(options.choice);
  if (!selected) return selected.error();
  Progress progress{selected->targets.size()};
  bool complete = true;
  std::cout << "# What the targets show now. Review each line before it becomes an expectation.\ntargets:\n";
  climb_all(selected->targets, {.parallel = options.parallel,
                                .budget = selected->budget,
                                .on_target =
                                    [&](const ClimbedTarget& climbed) {
                                      progress.erase();
                                      complete = complete && climbed.report && !climbed.report->failure;
                                      if (climbed.report)
                                        std::cout << expectation_yaml(*climbed.target, *climbed.report)
                                                  << std::flush;
                                      else
                                        std::cerr << "rdpwatch: " << climbed.target->id << ": not probed\n";
                                    },
                                .on_progress = [&](std::size_t done, std::size_t) { progress.show(done); }});
  return complete ? kExitOk : kExitFailed;
}

}  // namespace rdpwatch::daemon
