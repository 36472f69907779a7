#include "daemon/metrics/page.h"

#include <algorithm>

namespace rdpwatch::daemon::metrics {
namespace {

constexpr std::string_view kEnd = "# EOF\n";

/// How many targets ahead memory is asked for: the texts of a fleet do not fit into the cache.
constexpr std::size_t kFar = 16;
constexpr std::size_t kNear = 8;

Block cached_block(Format format, bool cached) {
  constexpr std::string_view kName = "rdp_probe_cached";
  constexpr std::string_view kHelp =
      "Whether this is the last result: the connection budget allows no fresh probe now, or the target is "
      "paused.";
  std::string text = family_header(format, kName, Type::Gauge, kHelp);
  text += kName;
  text += cached ? " 1\n" : " 0\n";
  return {std::string{kName}, std::move(text)};
}

/// Each line with what its text leaves out: `start` (name and brace) and the target's label. All three have
/// kCopySlack bytes behind them.
void append_lines(TextBuffer& out, std::string_view start, std::string_view label, std::string_view lines,
                  bool one_line) {
  do {
    const std::string_view line = one_line ? lines : lines.substr(0, lines.find('\n') + 1);
    lines.remove_prefix(line.size());
    char* at = out.room(start.size() + label.size() + line.size() + kCopySlack);
    at = write_fast(at, start);
    at = write_fast(at, label);
    out.commit(write_fast(at, line));
  } while (!lines.empty());
}

}  // namespace

Page::Page(Format format, const Records& records, std::vector<Block> blocks)
    : format_{format}, blocks_{std::move(blocks)} {
  std::ranges::sort(blocks_, {}, &Block::name);
  targets_.reserve(records.size());
  label_ends_.reserve(records.size());
  for (const TargetRecord& record : records) {
    targets_.push_back(record.samples);
    labels_ += record.samples->target();
    label_ends_.push_back(labels_.size());
  }
  labels_.append(kCopySlack, '\0');
}

std::string_view Page::label(std::size_t target) const {
  const std::size_t begin = target == 0 ? 0 : label_ends_[target - 1];
  return std::string_view{labels_}.substr(begin, label_ends_[target] - begin);
}

bool Page::next(TextBuffer& out) {
  const std::size_t limit = out.size() + kSliceBytes;
  while (family_ < catalogue().size()) {
    append_family(out, limit);
    if (limit <= out.size()) return true;
  }
  if (!finished_) {
    append_blocks_before(out, {});
    if (format_ == Format::OpenMetrics) out.append(kEnd);
    finished_ = true;
  }
  return false;
}

/// Blocks whose name sorts before `name`; all that are left when it is empty.
void Page::append_blocks_before(TextBuffer& out, std::string_view name) {
  for (; block_ < blocks_.size() && (name.empty() || blocks_[block_].name < name); ++block_)
    out.append(blocks_[block_].text);
}

/// Goes on with the current family until it ends or `out` reaches `limit` bytes.
void Page::append_family(TextBuffer& out, std::size_t limit) {
  const Family& family = catalogue()[family_];
  if (target_ == 0) append_blocks_before(out, family.name);
  std::string start = std::string{family.name} + "{";
  const std::size_t start_size = start.size();
  start.append(kCopySlack, '\0');
  for (; target_ < targets_.size(); ++target_) {
    if (limit <= out.size()) return;
    if (target_ + kFar < targets_.size()) {
      targets_[target_ + kFar]->prefetch_index(family_);
      targets_[target_ + kNear]->prefetch_lines(family_);
    }
    const std::string_view lines = targets_[target_]->lines(family_);
    if (lines.empty()) continue;
    if (!header_written_) out.append(family_header(format_, family.name, family.type, family.help));
    header_written_ = true;
    append_lines(out, std::string_view{start}.substr(0, start_size), label(target_), lines,
                 targets_[target_]->one_line(family_));
  }
  ++family_;
  target_ = 0;
  header_written_ = false;
}

std::string probe_page(Format format, const TargetRecord& record, bool cached) {
  TextBuffer out;
  Samples samples{out};
  const Block cached_family = cached_block(format, cached);
  bool cached_written = false;
  for (const Family& family : catalogue()) {
    if (!cached_written && cached_family.name < family.name) {
      out.append(cached_family.text);
      cached_written = true;
    }
    if (family.door == Door::FleetOnly) continue;
    const std::size_t before = out.size();
    samples.family(family.name);
    family.write(samples, record);
    if (out.size() != before)
      out.insert(before, family_header(format, family.name, family.type, family.help));
  }
  if (format == Format::OpenMetrics) out.append(kEnd);
  return std::string{out.view()};
}

}  // namespace rdpwatch::daemon::metrics
