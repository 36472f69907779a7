#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "daemon/metrics/catalogue.h"

namespace rdpwatch::daemon::metrics {

/// The samples of one target as text. It is written once, when the record changes, so that a page only puts
/// it together: 10,000 targets are probed 167 times a second, but scraped with all their samples at once.
class SampleText {
 public:
  explicit SampleText(const TargetRecord& record);

  /// target="rds01:3389"
  std::string_view target() const { return {text_.get(), ends_.front()}; }

  /// The samples of the family at `index` of the catalogue: of each line what follows the target's label, as
  /// `} 1\n` or `,phase="tls"} 0.01\n`. Empty: the target has none.
  std::string_view lines(std::size_t index) const {
    return {text_.get() + ends_[index], ends_[index + 1] - ends_[index]};
  }

  /// Whether lines(index) is one line: true of nearly all, so that a page need not look for line ends.
  bool one_line(std::size_t index) const { return !several_lines_[index]; }

  /// Asks for the memory of lines(index), first for where they are, then for themselves.
  void prefetch_index(std::size_t index) const { __builtin_prefetch(&ends_[index]); }
  void prefetch_lines(std::size_t index) const { __builtin_prefetch(text_.get() + ends_[index]); }

 private:
  std::unique_ptr<char[]> text_;                     ///< with kCopySlack bytes behind it
  std::array<std::uint32_t, kFamilies + 1> ends_{};  ///< of the target's label, then of each family
  std::bitset<kFamilies> several_lines_{};
};

}  // namespace rdpwatch::daemon::metrics
