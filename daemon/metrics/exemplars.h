#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rdpwatch::daemon::metrics {

/// The last observation of a bucket, with the target that it came from. OpenMetrics only.
struct Exemplar {
  std::string target{};
  double value = 0;
  std::chrono::system_clock::time_point time{};
};

/// One slot for each bucket of a histogram, the one for +Inf included.
class Exemplars {
 public:
  explicit Exemplars(std::vector<double> bounds) : bounds_{std::move(bounds)}, slots_(bounds_.size() + 1) {}

  void observe(std::string_view target, double value, std::chrono::system_clock::time_point time);

  /// ` # {target="..."} 0.67 1795354365.123`; empty for a bucket without one, and for a target that is too
  /// long for the 128 characters that the format allows.
  std::string text(std::size_t bucket) const;

 private:
  std::vector<double> bounds_;
  std::vector<Exemplar> slots_;
};

}  // namespace rdpwatch::daemon::metrics
