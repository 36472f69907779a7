#include "daemon/vantage/clock.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include <fmt/format.h>
#include <sys/timex.h>

namespace rdpwatch::daemon::vantage {

using std::chrono::nanoseconds;

ClockReading read_clock() {
  ClockReading reading;
  timex state{};  // modes = 0: read only
  if (::adjtimex(&state) < 0) reading.error = errno;
  reading.synchronised = reading.error == 0 && (state.status & STA_UNSYNC) == 0;
  reading.may_be_off = std::chrono::microseconds{state.maxerror};
  timespec boot{};
  ::clock_gettime(CLOCK_BOOTTIME, &boot);
  reading.since_boot = std::chrono::seconds{boot.tv_sec} + nanoseconds{boot.tv_nsec};
  reading.wall = std::chrono::system_clock::now();
  return reading;
}

Look ClockJudge::judge(const ClockReading& reading, HostClocks hosts) {
  look_for_step(reading);
  if (step_)
    return {State::Disturbed, fmt::format("the clock of this machine was set by {:+} s", step_->by.count())};
  if (reading.error == 0 && reading.synchronised)
    return {State::Sound, fmt::format("synchronised, at most {:.3f} s off",
                                      std::chrono::duration<double>(reading.may_be_off).count())};
  if (auto look = ask_hosts(std::move(hosts))) return *std::move(look);
  if (reading.error != 0)
    return {State::Unknown, fmt::format("the kernel does not say whether the clock is synchronised: {}",
                                        std::strerror(reading.error))};
  return {State::Unknown, "nothing synchronises the clock of this machine, as far as the kernel knows"};
}

std::optional<Look> ClockJudge::ask_hosts(HostClocks hosts) {
  if (hosts.size() < kFewestHosts) return std::nullopt;
  const auto middle = hosts.begin() + static_cast<std::ptrdiff_t>(hosts.size() / 2);
  std::ranges::nth_element(hosts, middle);
  const auto median = *middle;
  const auto agree = static_cast<std::size_t>(std::ranges::count_if(
      hosts, [&](nanoseconds each) { return std::chrono::abs(each - median) <= kAgree; }));
  if (agree < kFewestHosts || agree * 2 <= hosts.size()) return std::nullopt;
  const auto ahead = std::chrono::round<std::chrono::seconds>(median).count();
  const State state = kOff < std::chrono::abs(median) ? State::Disturbed : State::Sound;
  return Look{
      state, fmt::format("the clocks of {} of {} hosts agree, {:+} s from ours", agree, hosts.size(), ahead)};
}

void ClockJudge::look_for_step(const ClockReading& reading) {
  const nanoseconds offset = reading.wall.time_since_epoch() - reading.since_boot;
  const auto moved = std::chrono::round<std::chrono::seconds>(offset - offset_.value_or(offset));
  offset_ = offset;
  if (kStep < std::chrono::abs(moved)) step_ = Step{reading.since_boot, moved};
  else if (step_ && step_->at + kStepCounts < reading.since_boot) step_.reset();
}

}  // namespace rdpwatch::daemon::vantage
