#include "daemon/selection.h"

#include <algorithm>
#include <numeric>
#include <optional>

namespace rdpwatch::daemon {
namespace {

std::optional<std::size_t> place_of(const std::string& id, const Targets& targets) {
  const auto at = std::ranges::lower_bound(targets, id, {}, [](const auto& target) { return target->id; });
  if (at == targets.end() || (*at)->id != id) return std::nullopt;
  return static_cast<std::size_t>(at - targets.begin());
}

bool has_only_whole_ids(const config::Selector& selector) {
  return !selector.targets.empty() && std::ranges::none_of(selector.targets, config::has_star);
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
  const bool by_id = has_only_whole_ids(selector);
  const std::size_t end = by_id ? selector.targets.size() : targets.size();
  const auto each = by_id ? static_cast<std::size_t>(std::bit_width(targets.size()))
                          : std::max<std::size_t>(1, selector.targets.size() + selector.labels.size());
  for (; next_ < end && left != 0; ++next_) {
    left -= std::min(left, each);
    const auto place = by_id ? place_of(selector.targets[next_], targets) : next_;
    if (place && (by_id ? selector.labels_match(*targets[*place]) : selector.matches(*targets[*place])))
      found_.insert(*place);
  }
  whole_ = next_ == end;
}

}  // namespace rdpwatch::daemon
