#include "daemon/metrics/sample_text.h"

#include <algorithm>

namespace rdpwatch::daemon::metrics {

SampleText::SampleText(const TargetRecord& record) {
  TextBuffer out;
  out.append(label_text("target", record.target->id));
  auto end = ends_.begin();
  *end++ = static_cast<std::uint32_t>(out.size());
  Samples samples{out, Samples::Part::AfterFirstLabel};
  for (std::size_t index = 0; index < kFamilies; ++index) {
    const std::size_t begin = out.size();
    catalogue()[index].write(samples, record);
    several_lines_[index] = 1 < std::ranges::count(out.view().substr(begin), '\n');
    *end++ = static_cast<std::uint32_t>(out.size());
  }
  text_ = std::make_unique<char[]>(out.size() + kCopySlack);
  std::ranges::copy(out.view(), text_.get());
}

}  // namespace rdpwatch::daemon::metrics
