#pragma once

#include <asio/awaitable.hpp>
#include <asio/ip/address.hpp>

#include "probes/path/answer.h"
#include "probes/path/syn.h"

namespace rdpwatch::path {

/// Sends one ICMP or ICMPv6 echo request and says what came back. By a datagram socket, which needs no
/// privilege where net.ipv4.ping_group_range allows it; else by a raw one, for which CAP_NET_RAW is needed;
/// else NotPossible, with one line that says so.
asio::awaitable<Answer> ask_by_echo(PathTools tools, asio::ip::address address, Trace::Echo question);

}  // namespace rdpwatch::path
