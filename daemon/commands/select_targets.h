#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"

namespace rdpwatch::daemon {

/// Which targets a command shall climb.
struct TargetChoice {
  std::filesystem::path config{};      ///< empty: `targets` are host[:port]
  std::string module{};                ///< overrides the targets' own; empty: none
  std::vector<std::string> targets{};  ///< ids of `config`; none: all of them
};

struct SelectedTargets {
  config::ConnectionBudget budget{};
  std::vector<std::shared_ptr<const config::Target>> targets{};
};

/// Loads and picks, in the order of the choice. What is wrong was told on stderr when it returns an exit
/// code.
std::expected<SelectedTargets, int> select_targets(const TargetChoice& choice);

}  // namespace rdpwatch::daemon
