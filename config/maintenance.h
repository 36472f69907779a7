#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rdpwatch::config {

struct Target;

/// Which targets are meant: those that have all `labels` and, unless `targets` is empty, one of these ids.
struct Selector {
  std::vector<std::string> targets{};                         ///< ids, where * stands for any text
  std::vector<std::pair<std::string, std::string>> labels{};  ///< sorted by name
  bool matches(const Target& target) const;
  bool labels_match(const Target& target) const;
  bool empty() const { return targets.empty() && labels.empty(); }
  bool operator==(const Selector&) const = default;
};

inline bool has_star(std::string_view pattern) { return pattern.find('*') != std::string_view::npos; }

/// Whether `text` is what `pattern` says, in which * stands for any text.
bool matches_pattern(std::string_view pattern, std::string_view text);

/// Time in which targets are left alone: once, or each week anew.
struct Maintenance {
  Selector selector{};
  std::string reason{};
  std::chrono::sys_seconds start{};            ///< of the one time; without meaning when `weekly` has any
  std::vector<std::chrono::seconds> weekly{};  ///< starts, counted from Monday 00:00 UTC; sorted
  std::chrono::seconds duration{};             ///< at most a day when weekly
  bool operator==(const Maintenance&) const = default;
};

}  // namespace rdpwatch::config
