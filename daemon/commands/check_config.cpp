#include "daemon/commands/check_config.h"

#include <iostream>

#include "config/load.h"
#include "daemon/commands/exit_code.h"

namespace rdpwatch::daemon {

int check_config(const CheckConfigOptions& options) {
  const auto loaded = config::load(options.file);
  if (options.json) std::cout << config::to_json(loaded.diagnostics);
  else std::cerr << config::to_text(loaded.diagnostics);
  if (!loaded.config) return kExitConfiguration;
  if (!options.json)
    std::cout << options.file.string() << ": ok, " << loaded.config->targets.size() << " targets, "
              << loaded.config->modules.size() << " modules\n";
  return kExitOk;
}

}  // namespace rdpwatch::daemon
