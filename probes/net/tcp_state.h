#pragma once

#include <cstdint>
#include <optional>

#include "probes/report.h"

namespace rdpwatch::net {

/// What the peer did before we sent anything.
enum class EarlySign : std::uint8_t { None, Closed, Reset, Greeting };

/// What the kernel says of a connection (struct tcp_info, tcp(7)).
struct TcpState {
  bool established = false;
  bool taken = false;     ///< the peer took the connection; it may have begun to end it since
  bool received = false;  ///< the peer has sent something
  ConnectEvidence evidence{};
};

/// Nothing: the kernel does not say. One system call, which spares SO_ERROR and a look at the receive buffer.
std::optional<TcpState> tcp_state(int fd);

/// What is already there to read, without taking it.
EarlySign peek(int fd);

}  // namespace rdpwatch::net
