#pragma once

#include <cstdint>
#include <string_view>

namespace rdpwatch::daemon {

/// Why whoever asked for a probe gets no fresh result.
enum class NoProbe : std::uint8_t { Budget, Busy, Limit, Paused, Stopping, Timeout, Unknown };

/// Half a sentence for people.
constexpr std::string_view to_sentence(NoProbe why) {
  switch (why) {
    case NoProbe::Budget: return "the connection budget allows no probe now";
    case NoProbe::Busy: return "the target is being probed by another module";
    case NoProbe::Limit: return "as many probes as may run at once are under way";
    case NoProbe::Paused: return "the target is paused";
    case NoProbe::Stopping: return "the daemon is stopping";
    case NoProbe::Timeout: return "the probe did not come to its end in the time that was given";
    case NoProbe::Unknown: return "the configuration has no such target, or no such module, any more";
  }
  return {};
}

}  // namespace rdpwatch::daemon
