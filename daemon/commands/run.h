#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "daemon/log.h"

namespace rdpwatch::daemon {

/// What `rdpwatch run` is told on the command line.
struct RunOptions {
  std::filesystem::path config{};
  std::vector<std::string> listen_addresses{};  ///< --web.listen-address; empty: `listen` of the file
  std::filesystem::path web_config_file{};      ///< --web.config.file; empty: `web.config_file` of the file
  bool enable_reload = false;                   ///< --web.enable-reload, besides `web.enable_reload`
  int probe_threads = 0;                        ///< --probe-threads; 0: one less than cores, 1 to 8
  LogOptions log{};                             ///< --log.level, --log.format
};

/// Runs the daemon until SIGTERM or SIGINT. Returns the exit code: 0 after an orderly stop, 1 when it cannot
/// start or something unexpected ended it, 78 when the configuration is invalid.
int run(const RunOptions& options);

}  // namespace rdpwatch::daemon
