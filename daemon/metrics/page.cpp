#include "daemon/metrics/page.h"

#include <algorithm>

namespace rdpwatch::daemon::metrics {
namespace {

constexpr std::string_view kEnd = "# EOF\n";

Block cached_block(Format format, bool cached) {
  constexpr std::string_view kName = "rdp_probe_cached";
  constexpr std::string_view kHelp =
      "Whether this is the last result, because the connection budget allows no fresh probe now.";
  std::string text = family_header(format, kName, Type::Gauge, kHelp);
  text += kName;
  text += cached ? " 1\n" : " 0\n";
  return {std::string{kName}, std::move(text)};
}

}  // namespace

Page::Page(Format format, std::shared_ptr<const Records> records, std::vector<Block> blocks)
    : format_{format}, records_{std::move(records)}, blocks_{std::move(blocks)} {
  std::ranges::sort(blocks_, {}, &Block::name);
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
  if (record_ == 0) append_blocks_before(out, family.name);
  Samples samples{out};
  samples.family(family.name);
  for (const Records& records = *records_; record_ < records.size(); ++record_) {
    if (limit <= out.size()) return;
    const std::size_t before = out.size();
    samples.target(records[record_].text->target);
    family.write(samples, records[record_]);
    if (!header_written_ && out.size() != before) {
      out.insert(before, family_header(format_, family.name, family.type, family.help));
      header_written_ = true;
    }
  }
  ++family_;
  record_ = 0;
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
