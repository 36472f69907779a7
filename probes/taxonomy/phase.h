#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace rdpwatch {

/// One rung of the ladder. The value is the ordinal that `rdp_probe_phase_reached` exports; 0 means that
/// nothing was completed. The order is the order of the climb.
enum class Phase : std::uint8_t {
  Resolve = 1,
  Connect = 2,
  Negotiate = 3,
  Tls = 4,
  Nla = 5,
  Auth = 6,
  Mcs = 7,
  License = 8,
  Session = 9,
};

inline constexpr std::array kPhases{Phase::Resolve, Phase::Connect, Phase::Negotiate,
                                    Phase::Tls,     Phase::Nla,     Phase::Auth,
                                    Phase::Mcs,     Phase::License, Phase::Session};

/// The deepest phase that this release climbs to.
inline constexpr Phase kDeepestPhase = Phase::Nla;

/// The word used in YAML, JSON, metrics and logs.
constexpr std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::Resolve: return "resolve";
    case Phase::Connect: return "connect";
    case Phase::Negotiate: return "negotiate";
    case Phase::Tls: return "tls";
    case Phase::Nla: return "nla";
    case Phase::Auth: return "auth";
    case Phase::Mcs: return "mcs";
    case Phase::License: return "license";
    case Phase::Session: return "session";
  }
  return "";
}

/// The inverse of to_string; nothing for any other word.
constexpr std::optional<Phase> phase_from(std::string_view word) {
  for (const Phase phase : kPhases)
    if (to_string(phase) == word) return phase;
  return std::nullopt;
}

constexpr std::size_t ordinal(Phase phase) { return static_cast<std::size_t>(phase); }

}  // namespace rdpwatch
