#include "probes/baseline.h"

#include <functional>
#include <random>

#include <doctest/doctest.h>

using namespace std::chrono_literals;

namespace rdpwatch {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;
using TimePoint = Baseline::TimePoint;

constexpr TimePoint kBegin{std::chrono::sys_days{std::chrono::November / 23 / 2026}};
constexpr microseconds kFloor = 25ms;

/// A target that is probed once a minute, by a clock of its own. Times scatter by a tenth, with a long tail:
/// one probe in 50 takes twenty times as long.
struct Days {
  Baseline baseline{};
  TimePoint now = kBegin;
  seconds window = 24h;
  seconds interval = 60s;
  std::mt19937 random{7};
  int slow = 0;  ///< probes that were slower than usual

  using Usual = std::function<microseconds(TimePoint)>;

  void add(microseconds time) {
    baseline.add({.round_trip = time, .climb = 10 * time}, now, window);
    const auto comparison = baseline.round_trip();
    if (comparison && slower_than_usual(*comparison, kFloor)) ++slow;
    now += interval;
  }
  void pass(std::chrono::minutes length, const Usual& usual) {
    std::normal_distribution<> scatter{1.0, 0.1};
    std::uniform_int_distribution<> outlier{1, 50};
    for (const auto end = now + length; now < end;) {
      const double factor = std::max(scatter(random), 0.1) * (outlier(random) == 1 ? 20 : 1);
      add(microseconds{static_cast<std::int64_t>(static_cast<double>(usual(now).count()) * factor)});
    }
  }
  void pass(std::chrono::minutes length, microseconds usual) {
    pass(length, [usual](TimePoint) { return usual; });
  }
};

bool about(microseconds value, microseconds wanted) {
  return 9 * wanted <= 10 * value && 10 * value <= 11 * wanted;
}

}  // namespace

TEST_CASE("baseline: a week of one rhythm, with outliers, is never slow") {
  for (const microseconds usual : {200us, 12'000us, 400'000us}) {
    CAPTURE(usual.count());
    Days days;
    days.pass(std::chrono::weeks{1}, usual);
    CHECK(days.slow == 0);
    const auto comparison = days.baseline.round_trip();
    REQUIRE(comparison);
    CHECK(about(comparison->usual, usual));
    CHECK(about(days.baseline.climb()->usual, 10 * usual));
  }
}

TEST_CASE("baseline: a step is seen by the third probe, and is usual after half a window") {
  Days days;
  days.pass(48h, 12ms);
  REQUIRE(days.slow == 0);
  days.add(84ms);
  days.add(84ms);
  CHECK(days.slow == 0);
  days.add(84ms);
  CHECK(days.slow == 1);
  CHECK(days.baseline.round_trip()->ratio() == doctest::Approx(7.0).epsilon(0.1));
  days.pass(9h, 84ms);
  CHECK(530 < days.slow);
  days.pass(4h, 84ms);
  days.slow = 0;
  days.pass(24h, 84ms);
  CHECK(days.slow == 0);
  days.pass(24h, 12ms);  // quicker than usual is nothing to tell
  CHECK(days.slow == 0);
}

TEST_CASE("baseline: a slow drift is followed, and is for the limits of the policy to find") {
  Days days;
  days.pass(std::chrono::days{10}, [](TimePoint now) {
    return 12ms + std::chrono::duration_cast<microseconds>((now - kBegin) / 10'000);  // 8.6 ms a day
  });
  CHECK(days.slow == 0);
  CHECK(70ms < days.baseline.round_trip()->usual);
}

TEST_CASE("baseline: wide scatter is not slowness, and what scatters more needs more to be slow") {
  Days days;
  std::lognormal_distribution<> wide{10.3, 0.8};  // median 30 ms; a tenth is above 83 ms
  for (int i = 0; i < 7 * 1440; ++i) days.add(microseconds{static_cast<std::int64_t>(wide(days.random))});
  CHECK(days.slow < 20);
  CHECK(slower_than_usual({.recent = 84ms, .usual = 12ms, .spread = 12ms}, kFloor));
  CHECK_FALSE(slower_than_usual({.recent = 84ms, .usual = 12ms, .spread = 13ms}, kFloor));
  CHECK_FALSE(slower_than_usual({.recent = 47ms, .usual = 12ms, .spread = 1ms}, kFloor));
}

TEST_CASE("baseline: small times may grow many times, nobody notices") {
  Days days;
  days.pass(24h, 1ms);
  days.pass(1h, 20ms);
  CHECK(days.slow == 0);
  days.pass(1h, 40ms);
  CHECK(0 < days.slow);
}

TEST_CASE("baseline: no judgement before a quarter of the window, nor by rare probes") {
  Days days;
  days.pass(7h, 12ms);  // the sixth slot of 72 minutes is not over
  CHECK_FALSE(days.baseline.round_trip());
  days.pass(15min, 12ms);
  CHECK(days.baseline.round_trip());
  Days rare;
  rare.interval = 6h;
  rare.pass(std::chrono::days{30}, 12ms);
  CHECK_FALSE(rare.baseline.round_trip());  // four in a day: too few to know what is usual
  CHECK_FALSE(Baseline{}.round_trip());
}

TEST_CASE("baseline: what is older than the window is forgotten") {
  Days days;
  days.pass(24h, 12ms);
  SUBCASE("after a gap") {
    days.now += 24h;
    days.add(90ms);
    CHECK_FALSE(days.baseline.round_trip());
  }
  SUBCASE("most of it after three quarters of one") {
    days.now += 18h;
    days.add(12ms);
    CHECK_FALSE(days.baseline.round_trip());
  }
  SUBCASE("half of it after half a gap") {
    days.now += 12h;
    days.add(12ms);
    CHECK(days.baseline.round_trip());
    days.pass(std::chrono::days{2}, 40ms);
    CHECK(30ms < days.baseline.round_trip()->usual);
  }
  SUBCASE("with another window, learned anew") {
    days.window = 12h;
    days.add(12ms);
    CHECK_FALSE(days.baseline.round_trip());
    days.pass(12h, 12ms);
    CHECK(days.baseline.round_trip());
  }
}

TEST_CASE("baseline: a clock that is set back loses nothing within a window, and starts anew beyond it") {
  Days days;
  days.pass(24h, 12ms);
  days.now -= 3h;
  days.pass(1h, 12ms);
  CHECK(days.baseline.round_trip());
  days.now -= std::chrono::days{400};
  days.add(12ms);
  CHECK_FALSE(days.baseline.round_trip());
  days.pass(24h, 12ms);
  CHECK(days.baseline.round_trip());
  days.now = TimePoint{-1h};
  days.add(12ms);
  CHECK(days.baseline.data().slot == 0);
}

TEST_CASE("baseline: repeats are those of the last twenty probes") {
  Baseline baseline;
  CHECK(baseline.repeats() == Repeats{});
  const auto add = [&](bool syn, bool data, bool retry) {
    baseline.add({12ms, 120ms, syn, data, retry}, kBegin, 24h);
  };
  add(true, true, false);
  add(false, true, true);
  add(false, false, false);
  CHECK(baseline.repeats() == Repeats{3, 2, 1, 2, 1});
  for (int i = 0; i < 18; ++i) add(false, false, false);
  CHECK(baseline.repeats() == Repeats{20, 1, 0, 1, 1});
  for (int i = 0; i < 30; ++i) add(false, false, false);
  CHECK(baseline.repeats() == Repeats{20, 0, 0, 0, 0});
}

TEST_CASE("baseline: it is small, and odd times do no harm") {
  CHECK(sizeof(Baseline) <= 240);
  Days days;
  for (const microseconds odd : {-1us, 0us, microseconds::max() / 10, microseconds::min() / 10})
    days.add(odd);
  days.window = 0s;
  days.add(1us);
  CHECK(days.baseline.data().slot_seconds == 1);
}

}  // namespace rdpwatch
