#include "daemon/liveness.h"

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using rdpwatch::daemon::Liveness;

namespace {

constexpr auto kLongest = 22'000ms;
const Liveness::TimePoint kStart{1h};

}  // namespace

TEST_CASE("liveness: a thread without targets ticks, and that is enough") {
  Liveness liveness{1};
  for (unsigned beat = 0; beat < 100; ++beat)
    CHECK(liveness.moved(0, {beat * 100, 0, false}, kLongest, kStart + beat * 10s));
}

TEST_CASE("liveness: ticks that stand still are a hang, of that thread only, until they go on") {
  Liveness liveness{2};
  CHECK(liveness.moved(0, {100, 5, false}, kLongest, kStart));
  CHECK(liveness.moved(1, {100, 5, false}, kLongest, kStart));
  CHECK_FALSE(liveness.moved(0, {100, 5, false}, kLongest, kStart + 10s));
  CHECK(liveness.moved(1, {200, 5, false}, kLongest, kStart + 10s));
  CHECK(liveness.moved(0, {101, 5, false}, kLongest, kStart + 20s));
}

TEST_CASE("liveness: answers that follow one another within a tick are no hang") {
  Liveness liveness{1};
  CHECK(liveness.moved(0, {100, 5, false}, kLongest, kStart));
  CHECK(liveness.moved(0, {100, 5, false}, kLongest, kStart + 50ms));
  CHECK_FALSE(liveness.moved(0, {100, 5, false}, kLongest, kStart + Liveness::kTickGrace + 1ms));
}

TEST_CASE("liveness: targets may wait as long as probes may last, and no longer") {
  Liveness liveness{1};
  std::uint64_t ticks = 0;
  const auto at = [&](std::chrono::milliseconds time, std::uint64_t moves, bool waiting) {
    return liveness.moved(0, {++ticks, moves, waiting}, kLongest, kStart + time);
  };
  CHECK(at(0s, 7, true));
  CHECK(at(kLongest + Liveness::kGrace, 7, true));
  CHECK_FALSE(at(kLongest + Liveness::kGrace + 1ms, 7, true));
  CHECK(at(40s, 8, true));  // one ended
  CHECK(at(60s, 8, true));
  CHECK(at(70s, 8, false));  // nothing waits: idle, however long
  CHECK(at(1h, 8, false));
  CHECK(at(1h + 1s, 8, true));
}
