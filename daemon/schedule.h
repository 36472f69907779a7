#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace rdpwatch::daemon {

/// 64 bits that depend on the text alone: not on the run, the machine or the standard library. Phases of
/// targets and their places on probe threads come from it.
std::uint64_t stable_hash(std::string_view text);

/// When each target is probed. A pure core: no clock, no thread, no I/O; whoever owns it passes the time in
/// and runs what it hands out.
///
/// Time is cut into ticks of 100 ms counted from the epoch of the monotonic clock. The slots of a target are
/// phase + n * interval with a phase that its id alone decides. So starts are spread over the interval, a
/// restart or a reload changes no slot and starts no storm, and nothing drifts.
///
/// Each slot that passes is either started once or counted once as an overrun: the target was still busy or
/// still waiting for its turn, or the slot was noticed more than kLateLimit after its time (a stall, a
/// suspend) and is dropped instead of being caught up in a burst. The slots of a paused target pass as well,
/// and none is started: a thousand targets whose pause ends at once resume as spread as they were.
///
/// INVARIANT: a target is in flight at most once; at most limit() probes are in flight in all.
class Schedule {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using Tick = std::chrono::duration<std::int64_t, std::deci>;
  /// Names a target until it is forgotten; small and dense, so that owners may keep their state in a vector.
  using Key = std::uint32_t;

  static constexpr Tick kLateLimit{20};

  struct Item {
    std::string_view id;
    std::chrono::seconds interval{};
    std::optional<std::chrono::seconds> failing_interval{};
  };
  struct Start {
    Key key = 0;
    TimePoint due{};
  };
  /// Slots that passed without a start.
  struct Skipped {
    std::uint64_t overruns = 0;
    std::uint64_t paused = 0;
    bool operator==(const Skipped&) const = default;
  };
  enum class Outcome : std::uint8_t { Passed, Failed, Unknown };

  explicit Schedule(std::size_t limit) : limit_{limit} {}

  /// Takes a new list, ids unique, and returns their keys in the same order. Targets that stay keep their
  /// state and, when their interval is the same, their next slot; new ones join at theirs; removed ones that
  /// are in flight are forgotten when they finish, others at once.
  std::vector<Key> replace(std::span<const Item> items, TimePoint now);

  /// Passes the time on: what is due joins the queue, and what the limit allows leaves it, oldest slot first.
  /// Appends to `starts` what is in flight from now on; returns what was skipped.
  Skipped advance(TimePoint now, std::vector<Start>& starts);

  /// From now on exactly `keys` are paused. Those that wait for their turn lose it: returns how many did.
  /// What is in flight ends as usual, and probes beside the schedule are started all the same.
  std::uint64_t pause(std::span<const Key> keys);

  /// The probe of `key` ended. Passed and Failed decide on the rhythm. Returns true when the target was
  /// removed meanwhile: the key is forgotten now.
  bool finish(Key key, Outcome outcome, TimePoint now);

  /// After a restart, for an idle target that failed when it was probed last, at `start`: it goes on in the
  /// rhythm of failing targets.
  void resume_failing(Key key, TimePoint start);

  /// Puts a probe beside the schedule in flight. False when the target is busy, waits for its turn or is
  /// removed, or when the limit is reached. A slot that passes meanwhile is started after finish().
  bool begin_extra(Key key);

  /// The key of a target of the list.
  std::optional<Key> find(std::string_view id) const;

  std::chrono::seconds interval(Key key) const;  ///< the rhythm it has now
  TimePoint next_slot(Key key) const;
  bool busy(Key key) const;
  void set_limit(std::size_t limit) { limit_ = limit; }
  std::size_t limit() const { return limit_; }
  std::size_t in_flight() const { return in_flight_; }
  std::size_t waiting() const { return queue_.size(); }
  std::size_t size() const { return size_; }

  /// The beginning of the tick after `now`: when to call advance() next.
  static TimePoint tick_after(TimePoint now);

 private:
  enum class State : std::uint8_t { Free, Idle, Waiting, Running, Extra };
  static constexpr Key kNone = UINT32_MAX;
  /// One turn of the wheel lasts 410 s: a target with a longer interval is passed over once a turn.
  static constexpr std::size_t kBuckets = 4096;

  struct Entry {
    std::string id{};
    std::uint64_t hash = 0;
    Tick interval{};
    Tick failing_interval{};  ///< equals interval when there is none
    Tick due{};               ///< next slot
    Tick started{};           ///< slot of the last start
    Key previous = kNone;
    Key next = kNone;
    State state = State::Free;
    bool failing = false;
    bool paused = false;
    bool removed = false;          ///< gone from the list, still in flight
    bool listed = false;           ///< scratch of replace()
    bool due_after_extra = false;  ///< the slot `due_meanwhile` passed during a probe beside the schedule
    Tick due_meanwhile{};
    Tick rhythm() const { return failing ? failing_interval : interval; }
  };
  struct Queued {
    Key key;
    Tick due;
  };
  struct Bucket {
    Key head = kNone;
    Key tail = kNone;
  };
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return static_cast<std::size_t>(stable_hash(text));
    }
  };

  static Tick first_slot_after(const Entry& entry, Tick tick);
  Bucket& bucket(Tick tick) { return wheel_[static_cast<std::size_t>(tick.count()) % kBuckets]; }
  void link(Key key, Tick due);
  void unlink(Key key);
  void forget(Key key);
  Key admit(const Item& item);
  void update(Entry& entry, Key key, const Item& item);
  void retire_unlisted();
  void pass_slots(Key key, Tick now, Skipped& skipped);
  Skipped turn(Tick now);
  void adopt_rhythm(Key key, bool failing, Tick now);

  std::vector<Entry> entries_{};
  std::vector<Key> free_{};
  std::unordered_map<std::string, Key, TextHash, std::equal_to<>> by_id_{};
  std::array<Bucket, kBuckets> wheel_{};
  std::deque<Queued> queue_{};  ///< INVARIANT: exactly the entries in State::Waiting, oldest slot first
  std::optional<Tick> tick_{};  ///< the last one that was passed
  std::size_t limit_;
  std::size_t in_flight_ = 0;
  std::size_t size_ = 0;
};

}  // namespace rdpwatch::daemon
