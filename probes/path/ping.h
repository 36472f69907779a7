#pragma once

#include <asio/awaitable.hpp>
#include <asio/ip/address.hpp>

#include "probes/path/ping_tally.h"
#include "probes/path/syn.h"

namespace rdpwatch::path {

/// Asks up to kPings times, each time when the time before is answered or given up.
asio::awaitable<PingResult> ping(PathTools tools, asio::ip::address address);

}  // namespace rdpwatch::path
