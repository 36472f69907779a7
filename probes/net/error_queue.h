#pragma once

#include <optional>

#include "probes/net/connect_cause.h"

namespace rdpwatch::net {

/// Whether ICMP errors are kept for the socket, each with its sender (IP_RECVERR and IPV6_RECVERR, ip(7)).
void keep_icmp_errors(int fd, bool v6, bool on);

/// Takes the oldest ICMP error that is kept for the socket; nothing when there is none.
std::optional<IcmpError> take_icmp_error(int fd);

}  // namespace rdpwatch::net
