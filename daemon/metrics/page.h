#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/metrics/catalogue.h"
#include "daemon/metrics/format.h"
#include "daemon/metrics/sample_text.h"
#include "daemon/metrics/text_buffer.h"
#include "daemon/store.h"

namespace rdpwatch::daemon::metrics {

/// The page of the fleet, written slice by slice and never held as a whole. It keeps the records that it
/// began with: a reload or a report in the middle changes the next page, not this one.
class Page {
 public:
  static constexpr std::size_t kSliceBytes = 64 * 1024;

  /// `blocks`: families that are already written (the daemon's own), merged in by name.
  Page(Format format, const Records& records, std::vector<Block> blocks);

  /// Appends the next slice, about kSliceBytes and at most the samples of one target more. False after the
  /// last.
  bool next(TextBuffer& out);

 private:
  void append_blocks_before(TextBuffer& out, std::string_view name);
  void append_family(TextBuffer& out, std::size_t limit);
  std::string_view label(std::size_t target) const;

  Format format_;
  std::vector<std::shared_ptr<const SampleText>> targets_{};
  /// The labels of all targets in one piece: every family reads them all, and so they stay in the cache.
  std::string labels_{};
  std::vector<std::size_t> label_ends_{};
  std::vector<Block> blocks_;
  std::size_t block_ = 0;
  std::size_t family_ = 0;
  std::size_t target_ = 0;
  bool header_written_ = false;  ///< of the current family; families without a sample have none
  bool finished_ = false;
};

/// The families of one report without a target label: what /probe answers. `cached`: the report is not fresh.
std::string probe_page(Format format, const TargetRecord& record, bool cached);

}  // namespace rdpwatch::daemon::metrics
