#include "daemon/vantage/check.h"

namespace rdpwatch::daemon::vantage {

std::string_view to_string(Check check) {
  switch (check) {
    case Check::Resolver: return "resolver";
    case Check::Route: return "route";
    case Check::Clock: return "clock";
    case Check::SelfProbe: return "self_probe";
    case Check::Control: return "control";
    case Check::Firewall: return "firewall";
    case Check::Interception: return "interception";
  }
  return {};
}

std::string_view to_string(State state) {
  switch (state) {
    case State::Unknown: return "unknown";
    case State::Sound: return "sound";
    case State::Disturbed: return "disturbed";
  }
  return {};
}

}  // namespace rdpwatch::daemon::vantage
