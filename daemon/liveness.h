#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace rdpwatch::daemon {

/// What a probe thread says of its schedule when it is asked for a sign of life.
struct Pulse {
  std::uint64_t ticks = 0;  ///< how often the time was passed on to the schedule; ten a second, idle or not
  std::uint64_t moves = 0;  ///< probes that began or ended
  bool waiting = false;     ///< targets are due that the limit of probes in flight holds back
};

/// Whether probe threads still do their work, judged from the answers of each. A pure core.
///
/// A thread that has nothing to do still ticks, so one whose ticks stand still hangs. One
/// that ticks while targets wait and nothing begins or ends for longer than a probe may last has lost its
/// probes.
class Liveness {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kGrace{10};
  static constexpr std::chrono::seconds kTickGrace{1};  ///< two answers may come shortly after one another

  explicit Liveness(std::size_t shards) : seen_(shards) {}

  /// Takes the answer of a shard; true when it moved since its last one, or has just begun. `longest_probe`
  /// is what the configuration allows a probe.
  bool moved(std::size_t shard, const Pulse& pulse, std::chrono::milliseconds longest_probe, TimePoint now);

 private:
  struct Seen {
    bool known = false;
    std::uint64_t ticks = 0;
    std::uint64_t moves = 0;
    TimePoint ticked{};  ///< when ticks last changed
    TimePoint moved{};   ///< when moves last changed, or nothing waited
  };
  std::vector<Seen> seen_;
};

}  // namespace rdpwatch::daemon
