#include "daemon/commands/select_targets.h"

#include <algorithm>
#include <iostream>

#include "config/load.h"
#include "config/overrides.h"
#include "daemon/commands/exit_code.h"

namespace rdpwatch::daemon {
namespace {

using config::Config;
using config::Target;

std::shared_ptr<const Target> find(const Config& config, const std::string& id) {
  const auto found = std::ranges::find(config.targets, id,
                                       [](const auto& target) -> const std::string& { return target->id; });
  return found == config.targets.end() ? nullptr : *found;
}

/// The targets of a list of ids; an unknown id is told and makes the answer an exit code.
std::expected<std::vector<std::shared_ptr<const Target>>, int> picked(const Config& config,
                                                                      const std::vector<std::string>& ids) {
  std::vector<std::shared_ptr<const Target>> targets;
  bool all_known = true;
  for (const auto& id : ids) {
    if (auto target = find(config, id)) {
      targets.push_back(std::move(target));
      continue;
    }
    std::cerr << "rdpwatch: no target of the configuration has the id \"" << id << "\"\n";
    all_known = false;
  }
  if (!all_known) return std::unexpected{kExitUsage};
  return targets;
}

std::shared_ptr<const Target> with_module(const Target& target, std::shared_ptr<const config::Module> asked) {
  auto changed = std::make_shared<Target>(target);
  changed->module = config::module_for(target, std::move(asked));
  return changed;
}

std::string module_names(const Config& config) {
  std::string names;
  for (const auto& entry : config.modules) names += (names.empty() ? "" : ", ") + entry.first;
  return names;
}

}  // namespace

std::expected<SelectedTargets, int> select_targets(const TargetChoice& choice) {
  if (choice.config.empty() && choice.targets.empty()) {
    std::cerr << "rdpwatch: name targets as host[:port], or a list with --config FILE\n";
    return std::unexpected{kExitUsage};
  }
  const bool from_file = !choice.config.empty();
  const auto loaded = from_file ? config::load(choice.config) : config::from_arguments(choice.targets);
  if (!loaded.diagnostics.empty()) std::cerr << config::to_text(loaded.diagnostics);
  if (!loaded.config) return std::unexpected{from_file ? kExitConfiguration : kExitUsage};
  const Config& config = *loaded.config;

  SelectedTargets selected{.budget = config.connection_budget, .targets = config.targets};
  if (from_file && !choice.targets.empty()) {
    auto targets = picked(config, choice.targets);
    if (!targets) return std::unexpected{targets.error()};
    selected.targets = std::move(*targets);
  }
  if (choice.module.empty()) return selected;
  const auto module = config.modules.find(choice.module);
  if (module == config.modules.end()) {
    std::cerr << "rdpwatch: no module is called \"" << choice.module
              << "\"; there are: " << module_names(config) << '\n';
    return std::unexpected{kExitUsage};
  }
  for (auto& target : selected.targets) target = with_module(*target, module->second);
  return selected;
}

}  // namespace rdpwatch::daemon
