#include "daemon/metrics/sample_text.h"

#include <algorithm>

namespace rdpwatch::daemon::metrics {

SampleText::SampleText(const TargetRecord& record) {
  TextBuffer out;
  out.append(label_text("target", record.target->id));
  auto end = ends_.begin();
  *end++ = static_cast<std::uint32_t>(out.size());
  Samples samples{out, Samples::Part::AfterFirstLabel};
  for (const Family& family : catalogue()) {
    family.write(samples, record);
    *end++ = static_cast<std::uint32_t>(out.size());
  }
  text_ = std::make_unique_for_overwrite<char[]>(out.size());
  std::ranges::copy(out.view(), text_.get());
}

}  // namespace rdpwatch::daemon::metrics
