#pragma once

#include <filesystem>

namespace rdpwatch::daemon {

struct CheckConfigOptions {
  std::filesystem::path file{};
  bool json = false;
};

/// `rdpwatch check-config`. Returns the exit code.
int check_config(const CheckConfigOptions& options);

}  // namespace rdpwatch::daemon
