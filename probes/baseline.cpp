#include "probes/baseline.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <span>
#include <utility>

namespace rdpwatch {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

constexpr int kSlower = 4;
constexpr int kSpreads = 6;  // four standard deviations where times are normally distributed

/// Of what is not 0; `values` is put in another order. 0: there is nothing.
std::uint32_t median(std::span<std::uint32_t> values) {
  const auto known = std::ranges::partition(values, [](std::uint32_t value) { return value != 0; });
  const auto count = values.size() - known.size();
  if (count == 0) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(count / 2);
  std::ranges::nth_element(values.begin(), middle, known.begin());
  return *middle;
}

std::uint32_t shifted(std::uint32_t bits, bool next) {
  constexpr std::uint32_t kMask = (1U << Baseline::kProbes) - 1;
  return ((bits << 1) | (next ? 1U : 0U)) & kMask;
}

}  // namespace

void Baseline::add(const BaselineSample& sample, TimePoint when, seconds window) {
  const auto length = std::max<std::int64_t>(window.count() / static_cast<std::int64_t>(kSlots), 1);
  if (data_.slot_seconds != length) {
    data_.slot_seconds = static_cast<std::uint32_t>(length);
    data_.round_trip = data_.climb = {};
    data_.slot = 0;
  }
  const auto time = std::chrono::floor<seconds>(when.time_since_epoch()).count();
  move_to(std::max<std::int64_t>(time, 0) / length);
  add(data_.round_trip, sample.round_trip);
  add(data_.climb, sample.climb);
  data_.syn = shifted(data_.syn, sample.syn_resent);
  data_.data = shifted(data_.data, sample.data_resent);
  data_.retry = shifted(data_.retry, sample.on_retry);
  data_.probes = static_cast<std::uint8_t>(std::min(data_.probes + 1, kProbes));
}

/// Forgets what is older than a window. A clock that was set back stays in the slot until it has caught up;
/// one that was set back by more than a window begins anew.
void Baseline::move_to(std::int64_t slot) {
  constexpr auto kAll = static_cast<std::int64_t>(kSlots);
  if (slot <= data_.slot - kAll || data_.slot + kAll <= slot) {
    data_.round_trip = data_.climb = {};
    data_.slot = slot;
  }
  while (data_.slot < slot) {
    ++data_.slot;
    data_.round_trip.slots[current()] = data_.climb.slots[current()] = 0;
  }
}

void Baseline::add(Times& times, microseconds time) const {
  if (time <= microseconds{0}) return;
  constexpr microseconds kMost{std::numeric_limits<std::uint32_t>::max()};
  std::ranges::rotate(times.recent, times.recent.begin() + 1);
  times.recent.back() = static_cast<std::uint32_t>(std::min(time, kMost).count());
  auto recent = times.recent;
  times.slots[current()] = median(recent);
}

std::optional<Comparison> Baseline::compare(const Times& times) const {
  auto slots = times.slots;
  const auto recent = std::exchange(slots[current()], 0U);
  if (recent == 0 || std::ranges::count_if(slots, [](std::uint32_t value) { return value != 0; }) < kEnough)
    return std::nullopt;
  const auto usual = median(slots);
  for (auto& value : slots)
    if (value != 0) value = std::max(value < usual ? usual - value : value - usual, 1U);
  return Comparison{microseconds{recent}, microseconds{usual}, microseconds{median(slots)}};
}

Repeats Baseline::repeats() const {
  return {data_.probes, std::popcount(data_.syn | data_.data), std::popcount(data_.syn),
          std::popcount(data_.data), std::popcount(data_.retry)};
}

bool slower_than_usual(const Comparison& comparison, microseconds floor) {
  const auto more = comparison.recent - comparison.usual;
  return kSlower * comparison.usual <= comparison.recent && kSpreads * comparison.spread <= more &&
         floor <= more;
}

}  // namespace rdpwatch
