#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

/// Whether the place that the daemon measures from is sound. Cores are pure; the senses do the I/O.
namespace rdpwatch::daemon::vantage {

using TimePoint = std::chrono::system_clock::time_point;

/// What is looked at; label values of rdpwatch_vantage_healthy.
enum class Check : std::uint8_t { Resolver, Route, Clock, SelfProbe, Control, Firewall, Interception };
inline constexpr std::array kChecks{Check::Resolver, Check::Route,    Check::Clock,       Check::SelfProbe,
                                    Check::Control,  Check::Firewall, Check::Interception};
std::string_view to_string(Check check);

/// Unknown is not Sound: the check cannot run, or there is nothing to judge by.
enum class State : std::uint8_t { Unknown, Sound, Disturbed };
std::string_view to_string(State state);

/// What one look gave.
struct Look {
  State state = State::Unknown;
  std::string detail{};  ///< one sentence, for people; sanitised
  bool operator==(const Look&) const = default;
};

}  // namespace rdpwatch::daemon::vantage
