#include "daemon/selection.h"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <optional>
#include <string_view>

namespace rdpwatch::daemon {
namespace {

std::optional<std::size_t> place_of(const std::string& id, const Targets& targets) {
  const auto at = std::ranges::lower_bound(targets, id, {}, [](const auto& target) { return target->id; });
  if (at == targets.end() || (*at)->id != id) return std::nullopt;
  return static_cast<std::size_t>(at - targets.begin());
}

std::vector<std::string_view> patterns_of(const config::Selector& selector) {
  std::vector<std::string_view> patterns;
  std::ranges::copy_if(selector.targets, std::back_inserter(patterns), config::has_star);
  return patterns;
}

bool matches_any(const std::vector<std::string_view>& patterns, std::string_view id) {
  return std::ranges::any_of(patterns,
                             [id](std::string_view pattern) { return config::matches_pattern(pattern, id); });
}

}  // namespace

TargetSet::TargetSet(std::size_t size, bool all)
    : words_((size + kBits - 1) / kBits, all ? ~std::uint64_t{0} : 0) {
  if (all && size % kBits != 0) words_.back() >>= kBits - size % kBits;
}

std::size_t TargetSet::count() const {
  return std::transform_reduce(words_.begin(), words_.end(), std::size_t{0}, std::plus{},
                               [](auto word) { return static_cast<std::size_t>(std::popcount(word)); });
}

void Selection::look_up(const config::Selector& selector, const Targets& targets, std::size_t& left) {
  if (next_ == 0) found_ = TargetSet{targets.size()};
  search_ids(selector, targets, left);
  const std::size_t ids = selector.targets.size();
  if (next_ < ids) return;
  const auto patterns = patterns_of(selector);
  const bool compared = selector.targets.empty() || !patterns.empty();
  const std::size_t end = compared ? ids + targets.size() : ids;
  const auto each = std::max<std::size_t>(1, patterns.size() + selector.labels.size());
  for (; next_ < end && left != 0; ++next_) {
    left -= std::min(left, each);
    const auto& target = *targets[next_ - ids];
    if (selector.labels_match(target) && (patterns.empty() || matches_any(patterns, target.id)))
      found_.insert(next_ - ids);
  }
  whole_ = next_ == end;
}

void Selection::search_ids(const config::Selector& selector, const Targets& targets, std::size_t& left) {
  const auto each = static_cast<std::size_t>(std::bit_width(targets.size()));
  for (; next_ < selector.targets.size() && left != 0; ++next_) {
    const auto& id = selector.targets[next_];
    if (config::has_star(id)) continue;
    left -= std::min(left, each);
    if (const auto place = place_of(id, targets); place && selector.labels_match(*targets[*place]))
      found_.insert(*place);
  }
}

}  // namespace rdpwatch::daemon
