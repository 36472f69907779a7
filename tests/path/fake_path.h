#pragma once

#include <string>
#include <vector>

#include "probes/path/trace.h"

namespace rdpwatch::test {

/// A made-up path, for the Trace to find its way in: routers 10.0.1.1, 10.0.2.1, ... and the host 10.0.9.9
/// behind them. Every system sends with a time to live of 64, but for resets of the host, see `reset_ttl`.
struct FakePath {
  enum class Fault : std::uint8_t { None, Drop, Reset, Prohibit };
  int routers = 2;
  Fault fault = Fault::None;
  int faulty = 0;  ///< hop whose forwarding has the fault; routers + 1: the host itself; 0: this machine
  std::vector<int> mute{};   ///< routers that say nothing when a time to live is used up
  bool pings = true;         ///< the host answers echo requests
  bool ping_allowed = true;  ///< this process may send echo requests
  bool loop = false;         ///< the last two routers hand everything around
  bool open = false;         ///< the host takes the connection; else it resets
  int reset_ttl = 64;        ///< time to live that the host resets with
  bool translated = false;   ///< what routers behind the first say comes with the host's address

  std::vector<path::Trace::Syn> syns{};  ///< as they were sent

  /// The whole trace.
  path::PathTrace trace();
  /// The whole trace by echo requests alone.
  path::PathTrace trace_by_echo() const;
  static std::string router(int hop) { return "10.0." + std::to_string(hop) + ".1"; }
  static constexpr const char* kHost = "10.0.9.9";
  static constexpr const char* kUs = "10.0.0.1";

 private:
  path::Answer to(const path::Trace::Syn& syn) const;
  path::Answer to(const path::Trace::Echo& echo) const;
  path::Answer expired(int ttl) const;
  path::Answer faulty_answer() const;
};

}  // namespace rdpwatch::test
