#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace rdpwatch {

/// How one kind of time compares with the target's own past.
struct Comparison {
  std::chrono::microseconds recent{};  ///< median of the last probes
  std::chrono::microseconds usual{};   ///< median of the window
  std::chrono::microseconds spread{};  ///< median distance from `usual`
  bool operator==(const Comparison&) const = default;

  /// How many times slower than usual.
  double ratio() const { return static_cast<double>(recent.count()) / static_cast<double>(usual.count()); }
};

/// In how many of the last probes something had to be done again.
struct Repeats {
  int probes = 0;  ///< that are remembered, at most Baseline::kProbes
  int resent = 0;  ///< of them: something was sent again
  int syn = 0;     ///< the SYN was
  int data = 0;    ///< data was
  int retry = 0;   ///< passed only on a further try
  bool operator==(const Repeats&) const = default;
};

/// What a passed probe adds.
struct BaselineSample {
  std::chrono::microseconds round_trip{};  ///< zero: not measured
  std::chrono::microseconds climb{};       ///< phases from connect on
  bool syn_resent = false;
  bool data_resent = false;
  bool on_retry = false;
};

/// What a target is usually like: round trip and climb over the last window, and what had to be repeated in
/// the last probes. Pure; about 230 bytes, whatever the window and the rhythm of probes.
///
/// The window has kSlots slots by wall time. A slot holds the median of the last kRecent probes as it was at
/// the slot's end, and is forgotten after a window. What is usual is the median over the slots before the
/// current one; what is recent, the median of the last kRecent probes: like is compared with like, and no
/// single probe moves either. A change that stays is usual after half a window.
class Baseline {
 public:
  static constexpr std::size_t kSlots = 20;
  static constexpr std::size_t kRecent = 5;
  static constexpr int kEnough = 6;   ///< slots before the current one, for any judgement
  static constexpr int kProbes = 20;  ///< whose repeats are remembered
  using TimePoint = std::chrono::system_clock::time_point;

  /// A series of times, microseconds; 0: none.
  struct Times {
    std::array<std::uint32_t, kSlots> slots{};    ///< by number of the slot modulo kSlots
    std::array<std::uint32_t, kRecent> recent{};  ///< oldest first
    bool operator==(const Times&) const = default;
  };

  /// For the state on disk.
  struct Data {
    std::int64_t slot = 0;           ///< number of the current one: wall time / slot_seconds
    std::uint32_t slot_seconds = 0;  ///< 0: nothing was added yet
    Times round_trip{};
    Times climb{};
    std::uint32_t syn = 0;  ///< a bit for each probe, the last one lowest; likewise below
    std::uint32_t data = 0;
    std::uint32_t retry = 0;
    std::uint8_t probes = 0;  ///< how many of the bits count
    bool operator==(const Data&) const = default;
  };

  Baseline() = default;
  explicit Baseline(const Data& data) : data_{data} {}
  const Data& data() const { return data_; }

  /// Adds a probe that began at `when`. Another window than before: times are learned anew.
  void add(const BaselineSample& sample, TimePoint when, std::chrono::seconds window);

  /// Nothing while too little is known.
  std::optional<Comparison> round_trip() const { return compare(data_.round_trip); }
  std::optional<Comparison> climb() const { return compare(data_.climb); }
  Repeats repeats() const;

 private:
  void move_to(std::int64_t slot);
  void add(Times& times, std::chrono::microseconds time) const;
  std::optional<Comparison> compare(const Times& times) const;
  std::size_t current() const { return static_cast<std::size_t>(data_.slot) % kSlots; }

  Data data_{};
};

/// Whether a target has become slow: at least four times its usual time, beyond its usual spread, and by at
/// least `floor`, below which nobody notices.
bool slower_than_usual(const Comparison& comparison, std::chrono::microseconds floor);

}  // namespace rdpwatch
