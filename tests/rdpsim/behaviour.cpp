#include "tests/rdpsim/behaviour.h"

namespace rdpwatch::rdpsim {
namespace {

bool in_time(const Overlay& overlay, milliseconds elapsed) {
  return overlay.from <= elapsed && (!overlay.until || elapsed < *overlay.until);
}

bool holds(const Overlay& overlay, milliseconds elapsed, std::uint64_t connection, std::uint64_t seed) {
  if (!in_time(overlay, elapsed) || connection < overlay.from_connection) return false;
  if (connection % overlay.every != 0) return false;
  if (1.0 <= overlay.share) return true;
  constexpr double kSteps = 1'000'000.0;
  return static_cast<double>(mix(seed, connection) % 1'000'000) < overlay.share * kSteps;
}

}  // namespace

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  std::uint64_t x = a ^ (b + 0x9E3779B97F4A7C15ULL + (a << 6) + (a >> 2));
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

const std::shared_ptr<const Behaviour>& Script::select(milliseconds elapsed, std::uint64_t connection,
                                                       std::uint64_t seed) const {
  for (auto overlay = overlays.rbegin(); overlay != overlays.rend(); ++overlay)
    if (holds(*overlay, elapsed, connection, seed)) return overlay->behaviour;
  return base;
}

Listen Script::listen(milliseconds elapsed) const {
  for (auto overlay = overlays.rbegin(); overlay != overlays.rend(); ++overlay) {
    const bool by_time_only = overlay->from_connection == 1 && overlay->every == 1 && 1.0 <= overlay->share;
    if (by_time_only && in_time(*overlay, elapsed)) return overlay->behaviour->connect.listen;
  }
  return base->connect.listen;
}

}  // namespace rdpwatch::rdpsim
