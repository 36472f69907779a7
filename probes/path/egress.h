#pragma once

#include <asio/ip/address.hpp>

#include "probes/path/context.h"

namespace rdpwatch::path {

/// Asks the kernel (rtnetlink), which sends nothing for it and answers at once.
Egress egress_to(const asio::ip::address& address);

/// The same, and what kind of address it is.
Context context_of(const asio::ip::address& address);

}  // namespace rdpwatch::path
