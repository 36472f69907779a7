#include "config/maintenance.h"

#include <algorithm>

#include "config/config.h"

namespace rdpwatch::config {

bool matches_pattern(std::string_view pattern, std::string_view text) {
  const auto star = pattern.find('*');
  if (star == std::string_view::npos) return pattern == text;
  if (!text.starts_with(pattern.substr(0, star))) return false;
  text.remove_prefix(star);
  pattern.remove_prefix(star + 1);
  // What stands between two stars may be found at its first place: a later one leaves less for the rest.
  for (auto next = pattern.find('*'); next != std::string_view::npos; next = pattern.find('*')) {
    const auto found = text.find(pattern.substr(0, next));
    if (found == std::string_view::npos) return false;
    text.remove_prefix(found + next);
    pattern.remove_prefix(next + 1);
  }
  return text.ends_with(pattern);
}

bool Selector::labels_match(const Target& target) const {
  return std::ranges::includes(target.labels, labels);
}

bool Selector::matches(const Target& target) const {
  return labels_match(target) &&
         (targets.empty() || std::ranges::any_of(targets, [&](const std::string& pattern) {
            return matches_pattern(pattern, target.id);
          }));
}

}  // namespace rdpwatch::config
