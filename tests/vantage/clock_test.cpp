#include "daemon/vantage/clock.h"

#include <cerrno>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace rdpwatch::daemon::vantage;

namespace {

/// A machine whose clock the test moves.
struct Machine {
  ClockReading reading{
      .synchronised = true, .may_be_off = 12ms, .wall = TimePoint{1'795'000'000s}, .since_boot = 5'000s};
  ClockJudge judge{};

  State after(std::chrono::seconds time, std::chrono::seconds step = 0s) {
    reading.wall += time + step;
    reading.since_boot += time;
    last = judge.judge(reading);
    return last.state;
  }
  Look last{};
};

}  // namespace

TEST_CASE("clock: synchronised is sound, and no longer synchronised is not known") {
  Machine machine;
  CHECK(machine.after(0s) == State::Sound);
  CHECK(machine.last.detail == "synchronised, at most 0.012 s off");
  machine.reading.synchronised = false;
  CHECK(machine.after(10s) == State::Unknown);
  CHECK(machine.judge.judge(machine.reading, {90s, 91s, 92s}).state == State::Disturbed);
  machine.reading.synchronised = true;
  CHECK(machine.after(10s) == State::Sound);
}

TEST_CASE("clock: what was never synchronised, or cannot be asked, is not known") {
  Machine machine;
  machine.reading.synchronised = false;
  CHECK(machine.after(0s) == State::Unknown);
  CHECK(machine.after(10s) == State::Unknown);
  machine.reading.error = EPERM;
  CHECK(machine.after(10s) == State::Unknown);
  CHECK(machine.last.detail ==
        "the kernel does not say whether the clock is synchronised: Operation not permitted");
}

TEST_CASE("clock: a step disturbs for a minute, a small one and a sleep of the machine do not") {
  for (const auto step : {-3'600s, -31s, 31s, 86'400s}) {
    CAPTURE(step.count());
    Machine machine;
    CHECK(machine.after(0s) == State::Sound);
    CHECK(machine.after(10s, step) == State::Disturbed);
    CHECK(machine.after(60s) == State::Disturbed);
    CHECK(machine.after(1s) == State::Sound);
  }
  Machine machine;
  CHECK(machine.after(0s) == State::Sound);
  CHECK(machine.after(10s, 29s) == State::Sound);
  CHECK(machine.after(10s, -29s) == State::Sound);
  CHECK(machine.after(8h) == State::Sound);  // time since boot goes on in sleep
}

TEST_CASE("clock: a step shows also where nothing synchronises") {
  Machine machine;
  machine.reading.synchronised = false;
  machine.after(0s);
  CHECK(machine.after(10s, 120s) == State::Disturbed);
  CHECK(machine.last.detail == "the clock of this machine was set by +120 s");
}

TEST_CASE("clock: where the kernel does not know, hosts that agree with one another do") {
  struct Row {
    HostClocks hosts;
    State state;
  };
  for (const auto& [hosts, state] : {Row{{}, State::Unknown},
                                     {{0s, 1s}, State::Unknown},
                                     {{0s, 1s, -2s}, State::Sound},
                                     {{59s, 60s, 60s}, State::Sound},
                                     {{-3'600s, -3'601s, -3'590s}, State::Disturbed},
                                     {{61s, 62s, 75s, 0s}, State::Disturbed},
                                     {{400s, 0s, 1s, 2s}, State::Sound},                // one host is off
                                     {{400s, 400s, 400s, 0s, 1s, 2s}, State::Unknown},  // who is right?
                                     {{400s, 200s, -100s, 0s}, State::Unknown}}) {
    CAPTURE(hosts.size());
    Machine machine;
    machine.reading.synchronised = false;
    CHECK(machine.judge.judge(machine.reading, hosts).state == state);
    machine.reading.error = EPERM;
    CHECK(machine.judge.judge(machine.reading, hosts).state == state);
    machine.reading.error = 0;
    machine.reading.synchronised = true;  // then it is they who are off
    CHECK(machine.judge.judge(machine.reading, hosts).state == State::Sound);
  }
}

TEST_CASE("clock: the kernel of this machine can be asked") {
  const auto reading = read_clock();
  CHECK(reading.wall.time_since_epoch() > 0s);
  CHECK(reading.since_boot > 0s);
  CHECK((reading.error == 0 || reading.error == EPERM));
  CHECK_FALSE((reading.error != 0 && reading.synchronised));
}
