#pragma once

#include <asio/awaitable.hpp>
#include <asio/ip/tcp.hpp>

#include "probes/path/syn.h"
#include "probes/path/trace.h"

namespace rdpwatch::path {

/// Traces the path to a TCP port, one packet at a time, until `until` at the latest. Needs no privilege.
asio::awaitable<PathTrace> trace_path(PathTools tools, asio::ip::tcp::endpoint endpoint,
                                      net::SteadyTime until);

/// The same by echo requests alone, see EchoTrace.
asio::awaitable<PathTrace> trace_by_echo(PathTools tools, asio::ip::address address, net::SteadyTime until);

}  // namespace rdpwatch::path
