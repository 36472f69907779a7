#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "probes/taxonomy/cause.h"

namespace rdpwatch::net {

/// An ICMP or ICMPv6 error that the kernel attached to a connect (struct sock_extended_err, ip(7)).
struct IcmpError {
  bool v6 = false;
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::string from{};  ///< who sent it
  bool ours = false;   ///< ... which is the address that we connect from
};

/// What was asked of the kernel while connecting, and what it said.
struct ConnectError {
  int error_number = 0;
  std::optional<IcmpError> icmp{};
  bool at_once = false;  ///< connect(2) itself failed: nothing, or only a local packet, was sent
  /// Whether a datagram socket to the same address fails in the same way. It sends nothing, so that it tells
  /// a route of our own (which forbids both) from a rule on TCP. Asked on EACCES and EPERM only.
  std::optional<bool> datagram_denied{};
};

/// The cause of a failed connect. Pure.
Observation connect_cause(const ConnectError& error);

/// The cause of a failure to make or register a socket: our own shortage or prohibition, never the target's.
Observation socket_cause(int error_number, const char* step);

}  // namespace rdpwatch::net
