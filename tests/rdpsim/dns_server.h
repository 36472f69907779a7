#pragma once

#include "tests/rdpsim/connection.h"

namespace rdpwatch::rdpsim {

/// Opens the zone's UDP and TCP sockets on the loop, if it has an address. Throws std::runtime_error.
void serve_dns(Shared& shared);

}  // namespace rdpwatch::rdpsim
