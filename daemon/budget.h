#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/config.h"
#include "probes/probe.h"

namespace rdpwatch::daemon {

/// Keeps design.md section 5, invariant 1: at most `connections` TCP connections in any `window` to one
/// address:port, over all targets, kinds and probe threads. The time is passed in.
///
/// The schedule goes first. What it needs is learnt from the targets that ask: each one that names an
/// endpoint needs window / interval connections of it. A retry or a probe on demand is granted only out of
/// the rest. When the schedule alone needs more than there is, its connections are granted at even distances
/// and every target gets the same share of what it asks for; the others are refused.
///
/// Traces of the path have a cap of their own: one to an address:port in kTraceApart, over a restart as well,
/// and kTracesAtOnce over all.
///
/// Shared by all probe threads, because two names on two threads may lead to one address. A lock is held for
/// a look-up and a few comparisons (below a microsecond) before a connection that costs tens of microseconds,
/// and endpoints are divided over 16 of them, so that threads practically never meet.
class Budget {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  /// Connections are counted a little longer than the window, because what the host sees is the time of
  /// arrival, not the time of asking.
  static constexpr std::chrono::milliseconds kGuard{5};

  static constexpr std::chrono::minutes kTraceApart{10};
  static constexpr int kTracesAtOnce = 20;

  struct Request {
    std::string_view address;  ///< text form; "::ffff:192.0.2.1" counts as 192.0.2.1
    std::uint16_t port = 0;
    ConnectionKind kind = ConnectionKind::Scheduled;
    std::uint64_t target = 0;         ///< stable hash of the id
    std::chrono::seconds interval{};  ///< the rhythm the target has now
  };
  struct Answer {
    bool granted = false;
    /// Refused although it is the schedule's turn: asking again after this time may succeed. Zero: it is not.
    Duration retry_after{};
  };
  struct Counts {
    std::uint64_t granted = 0;
    std::uint64_t refused = 0;
  };

  struct Use {
    TimePoint time;
    bool scheduled;
  };
  /// A target that names the endpoint.
  struct Claim {
    std::uint64_t target;
    std::chrono::seconds interval;
    TimePoint seen;    ///< when it last asked
    TimePoint slot;    ///< when its schedule last asked, for the first time in that slot
    TimePoint next{};  ///< its turn, while there is too little for all; epoch: none yet
  };
  /// What survives a restart of an endpoint: who takes turns is forgotten.
  struct Remembered {
    std::string address{};
    std::uint16_t port = 0;
    std::vector<Use> uses{};  ///< oldest first
    std::vector<Claim> claims{};
    TimePoint traced{};  ///< when the last trace began; epoch: none that still counts
  };
  /// A time of which nobody knows what was connected: from the last word of a program that was killed to the
  /// start of this one.
  struct Gap {
    TimePoint from{};
    TimePoint to{};
  };

  explicit Budget(config::ConnectionBudget limits) { configure(limits); }

  /// Takes effect with the next connection; what is counted stays counted.
  void configure(config::ConnectionBudget limits);

  /// Grants one connection now, and counts it, or refuses it. Never waits for anything but the short lock.
  Answer ask(const Request& request, TimePoint now);

  /// The same for one trace of the path to address and port. If it may begin, end_trace() must follow.
  bool begin_trace(std::string_view address, std::uint16_t port, TimePoint now);
  void end_trace() { --traces_; }

  /// From any thread; a lock is held while a sixteenth of the endpoints is copied.
  std::vector<Remembered> remembered() const;

  /// Before anything asks, after configure(). With a `gap`, the worst that the one before may have done in it
  /// is taken for done: the schedule kept its slots, and retries and probes on demand took all the rest at
  /// the last moment. Of endpoints that are first heard of later, all was taken then.
  void restore(std::vector<Remembered> endpoints, std::optional<Gap> gap);

  Counts counts(ConnectionKind kind) const;
  std::size_t endpoints() const;  ///< remembered now; those unused for a window and two intervals are not

 private:
  struct Endpoint {
    std::vector<Use> uses{};  ///< INVARIANT: within the window, oldest first, at most `connections`
    std::vector<Claim> claims{};
    TimePoint next{};  ///< the schedule's turn, while there is too little for all; epoch: none yet
    TimePoint traced{};
  };
  using Place = std::pair<std::string, std::uint16_t>;
  using PlaceView = std::pair<std::string_view, std::uint16_t>;
  struct PlaceHash {
    using is_transparent = void;
    std::size_t operator()(PlaceView place) const;
  };
  struct PlaceEqual {
    using is_transparent = void;
    bool operator()(PlaceView a, PlaceView b) const { return a == b; }
  };
  struct Stripe {
    mutable std::mutex mutex{};
    std::unordered_map<Place, Endpoint, PlaceHash, PlaceEqual> endpoints{};
    TimePoint next_sweep{};
  };
  struct Limits {
    std::size_t connections;
    Duration window;
  };
  struct Counter {
    std::atomic<std::uint64_t> granted{0};
    std::atomic<std::uint64_t> refused{0};
  };

  Limits limits() const;
  static void expire(Endpoint& endpoint, const Limits& limits, TimePoint now);
  static Claim& claim(Endpoint& endpoint, const Request& request, TimePoint now);
  static Answer schedule_asks(Endpoint& endpoint, Claim& claim, const Limits& limits, TimePoint now);
  static bool beside_schedule(const Endpoint& endpoint, const Limits& limits);
  static std::size_t reserved(const Endpoint& endpoint, const Limits& limits);
  static void fill(Endpoint& endpoint, const Limits& limits, const Gap& gap);
  static void sweep(Stripe& stripe, const Limits& limits, TimePoint now);
  Endpoint& endpoint_at(Stripe& stripe, PlaceView place, const Limits& limits, TimePoint now);
  void count(ConnectionKind kind, bool granted);
  Stripe& stripe_of(std::size_t hash) { return stripes_[(hash >> 32) % stripes_.size()]; }

  std::array<Stripe, 16> stripes_{};
  std::atomic<std::size_t> connections_{0};
  std::atomic<Duration::rep> window_{0};
  std::array<Counter, kConnectionKinds> counters_{};
  std::atomic<int> traces_{0};  ///< under way
  std::optional<Gap> gap_{};    ///< only written before anything asks
};

}  // namespace rdpwatch::daemon
