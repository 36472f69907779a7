#include "daemon/metrics/exemplars.h"

#include <algorithm>

#include "daemon/metrics/text_buffer.h"

namespace rdpwatch::daemon::metrics {

void Exemplars::observe(std::string_view target, double value, std::chrono::system_clock::time_point time) {
  const auto bucket = std::ranges::lower_bound(bounds_, value) - bounds_.begin();
  slots_[static_cast<std::size_t>(bucket)] = {std::string{target}, value, time};
}

std::string Exemplars::text(std::size_t bucket) const {
  constexpr std::size_t kLabelCharacters = 128;
  constexpr std::string_view kName = "target";
  const Exemplar& exemplar = slots_.at(bucket);
  if (exemplar.target.empty() || kLabelCharacters < kName.size() + exemplar.target.size()) return {};
  std::array<char, kNumberBytes> time{};
  const auto since_epoch = std::chrono::floor<std::chrono::milliseconds>(exemplar.time.time_since_epoch());
  const std::string_view seconds{time.data(), write_seconds(time.data(), since_epoch)};
  return " # {" + label_text(kName, exemplar.target) + "} " + real_text(exemplar.value) + " " +
         std::string{seconds};
}

}  // namespace rdpwatch::daemon::metrics
