#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "config/config.h"

namespace rdpwatch::daemon {

using Targets = std::vector<std::shared_ptr<const config::Target>>;

/// Targets by their places in a list, one bit each.
class TargetSet {
 public:
  /// All places below `size`, or none.
  explicit TargetSet(std::size_t size = 0, bool all = false);

  void insert(std::size_t place) { words_[place / kBits] |= std::uint64_t{1} << place % kBits; }
  std::size_t count() const;

  /// Moves what `wanted` has from here to `use`, a place at a time. Sets of one size.
  template <class Use>
  void take(const TargetSet& wanted, Use use) {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      auto taken = words_[i] & wanted.words_[i];
      words_[i] ^= taken;
      for (; taken != 0; taken &= taken - 1)
        use(i * kBits + static_cast<std::size_t>(std::countr_zero(taken)));
    }
  }

 private:
  static constexpr std::size_t kBits = 64;
  std::vector<std::uint64_t> words_{};
};

/// Which targets of a list a selector means, looked up a part at a time: the list is long. Whole ids are
/// searched for; only what else the selector has, patterns or labels alone, is compared with each target.
class Selection {
 public:
  /// Goes on with the same selector and the same list, sorted by id, and takes the comparisons that it makes
  /// off `left`; stops when there are none left, which it exceeds by those of one target at most.
  void look_up(const config::Selector& selector, const Targets& targets, std::size_t& left);

  bool whole() const { return whole_; }
  const TargetSet& targets() const { return found_; }

 private:
  void search_ids(const config::Selector& selector, const Targets& targets, std::size_t& left);

  TargetSet found_{};
  std::size_t next_ = 0;  ///< id of the selector; behind all of them, target
  bool whole_ = false;
};

}  // namespace rdpwatch::daemon
