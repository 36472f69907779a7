#pragma once

#include <functional>
#include <optional>
#include <vector>

#include <asio/ip/address.hpp>

namespace rdpwatch::net {

/// The local address that the kernel would use towards a destination, nothing when it has no route.
using SourceAddress = std::function<std::optional<asio::ip::address>(const asio::ip::address&)>;

/// Asks the kernel by connecting a UDP socket; no packet is sent.
std::optional<asio::ip::address> kernel_source_address(const asio::ip::address& destination);

/// Sorts as RFC 6724 section 6 does (rules 1, 2, 5, 6, 8, 9 for IPv6, and 10; the others need what the kernel
/// does not tell), with its default policy table, then interleaves the families as RFC 8305 section 4 does.
std::vector<asio::ip::address> connection_order(std::vector<asio::ip::address> addresses,
                                                const SourceAddress& source_of = kernel_source_address);

}  // namespace rdpwatch::net
