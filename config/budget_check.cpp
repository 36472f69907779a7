#include <algorithm>
#include <cmath>

#include "config/target_list.h"
#include "config/values.h"

namespace rdpwatch::config {
namespace {

/// Connections that one address:port as configured needs in a window of the budget.
struct Need {
  std::string name{};
  Place place{};  ///< of the first target that names it
  std::size_t targets = 0;
  double passing = 0;          ///< by the schedule
  double failing = 0;          ///< by the schedule, in the rhythm of targets that fail
  double failing_retries = 0;  ///< besides
};

/// One message, and how many more it is true of.
struct Shortage {
  Need first{};
  std::size_t more = 0;
};

void add_to(Need& need, const Module& module, seconds window) {
  const std::chrono::duration<double> length = window;
  const double failing = length / module.failing_interval.value_or(module.interval);
  ++need.targets;
  need.passing += length / module.interval;
  need.failing += failing;
  need.failing_retries += failing * module.retries;
}

std::string whole(double connections) {
  constexpr double kRounding = 1e-9;
  return std::to_string(static_cast<long>(std::ceil(connections - kRounding)));
}

std::string skipped_share(double needed, int allowed) {
  return std::to_string(std::lround(100 * (1 - allowed / needed))) + " %";
}

std::string longest_rhythm(const Need& need, const ConnectionBudget& budget) {
  const auto room = static_cast<double>(budget.window.count()) * static_cast<double>(need.targets);
  return format_duration(seconds{std::lround(std::ceil(room / budget.connections))});
}

bool exceeds(double needed, const ConnectionBudget& budget) { return budget.connections + 1e-9 < needed; }

/// What will be missing; both parts empty when the budget suffices.
std::pair<std::string, std::string> judge(const Need& need, const ConnectionBudget& budget) {
  const auto allowed = " in " + format_duration(budget.window) + ", but connection_budget allows " +
                       std::to_string(budget.connections) + ": ";
  const auto by = need.targets == 1 ? "" : " of " + std::to_string(need.targets) + " targets";
  const auto rhythm = longest_rhythm(need, budget);
  if (exceeds(need.passing, budget))
    return {"probes" + by + " need " + whole(need.passing) + " connections to " + need.name + allowed +
                "about " + skipped_share(need.passing, budget.connections) + " of them will be skipped",
            "interval at least " + rhythm + ", or a larger connection_budget"};
  if (exceeds(need.failing, budget))
    return {"probes" + by + " need " + whole(need.failing) + " connections to " + need.name +
                " while it fails" + allowed + "about " + skipped_share(need.failing, budget.connections) +
                " of them will be skipped then",
            "failing_interval at least " + rhythm + ", or a larger connection_budget"};
  const auto with_retries = need.failing + need.failing_retries;
  if (exceeds(with_retries, budget))
    return {"probes" + by + " and their retries need " + whole(with_retries) + " connections to " +
                need.name + " while it fails" + allowed + "some of the retries will be left out",
            "a longer interval, fewer retries, or a larger connection_budget"};
  return {};
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return 'A' <= c && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  });
  return text;
}

using Alike = std::tuple<std::size_t, double, double, double>;

}  // namespace

void TargetList::check_budget(const ConnectionBudget& budget) const {
  std::unordered_map<std::string, Need> needs;
  needs.reserve(targets_.size());
  std::vector<const Need*> in_order;
  for (const auto& target : targets_) {
    if (target->module->depth < Phase::Connect) continue;
    const auto [at, is_new] = needs.try_emplace(lower(target->endpoint()));
    auto& need = at->second;
    if (is_new) {
      need.name = target->endpoint();
      need.place = first_place_.at(target->id);
      in_order.push_back(&need);
    }
    add_to(need, *target->module, budget.window);
  }
  std::map<Alike, Shortage> shortages;
  for (const Need* need : in_order) {
    if (judge(*need, budget).first.empty()) continue;
    const Alike alike{need->targets, need->passing, need->failing, need->failing_retries};
    const auto [at, is_new] = shortages.try_emplace(alike, Shortage{*need});
    if (!is_new) ++at->second.more;
  }
  for (const auto& [alike, shortage] : shortages) {
    auto [text, expected] = judge(shortage.first, budget);
    if (0 < shortage.more) text += " (the same holds for " + std::to_string(shortage.more) + " more)";
    reader_.warning(shortage.first.place, std::move(text), {std::move(expected), {}});
  }
}

}  // namespace rdpwatch::config
