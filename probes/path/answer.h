#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "probes/net/connect_cause.h"

namespace rdpwatch::path {

/// What came back to one packet: a SYN, or an ICMP echo request.
struct Answer {
  enum class Kind : std::uint8_t {
    Silence,
    Accepted,     ///< SYN and ACK
    Reset,        ///< RST
    EchoReply,    ///< `reply_ttl`
    Icmp,         ///< an ICMP error: `icmp`
    LocalError,   ///< nothing was sent, or the kernel gave up without an ICMP error: `error_number`
    NotPossible,  ///< this process may not ask this, see `why_not`
    Cancelled,
  };
  Kind kind = Kind::Silence;
  std::optional<net::IcmpError> icmp{};
  int error_number = 0;
  int reply_ttl = 0;  ///< what was left of it when it came here; 0: not known
  std::chrono::nanoseconds rtt{};
  std::string why_not{};
};

/// A router on the way says that the packet's time to live was used up.
bool is_time_exceeded(const Answer& answer);

/// "administratively prohibited", "host unreachable", ...; else type and code.
std::string icmp_words(const net::IcmpError& icmp);

}  // namespace rdpwatch::path
