#pragma once

#include <optional>
#include <string>

#include "probes/path/ping_tally.h"
#include "probes/path/trace.h"

namespace rdpwatch::path {

/// How the way to a host is looked at.
enum class Method : std::uint8_t {
  Syn,   ///< after a connection failed: a trace by SYNs to the port, then ping
  Echo,  ///< of a host that works: by ICMP alone
};

/// What one look at the way to a host showed.
struct Look {
  PathTrace trace{};
  PingResult ping{};  ///< `sent` 0 and no `why_not`: it was stopped before
};

}  // namespace rdpwatch::path
