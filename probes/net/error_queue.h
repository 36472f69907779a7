#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "probes/net/connect_cause.h"

namespace rdpwatch::net {

/// Whether ICMP errors are kept for the socket, each with its sender (IP_RECVERR and IPV6_RECVERR, ip(7)).
void keep_icmp_errors(int fd, bool v6, bool on);

/// Takes the oldest ICMP error that is kept for the socket; nothing when there is none. `packet` is filled
/// with the beginning of what was sent, from the header of the socket's own protocol on.
std::optional<IcmpError> take_icmp_error(int fd, std::span<std::uint8_t> packet = {});

}  // namespace rdpwatch::net
