#pragma once

#include <cstdint>
#include <string_view>

#include <asio/ip/address.hpp>

namespace rdpwatch::path {

/// Where an address can be reached from.
enum class AddressKind : std::uint8_t {
  Loopback,
  LinkLocal,  ///< RFC 3927, fe80::/10
  Private,    ///< RFC 1918, RFC 4193
  Cgnat,      ///< RFC 6598: behind a provider's translation, or a VPN that uses that range
  Public,
  Special,  ///< multicast, unspecified, documentation and what else no host has
};

AddressKind kind_of(const asio::ip::address& address);

/// "private", "CGNAT (100.64.0.0/10)", ...
std::string_view to_string(AddressKind kind);

}  // namespace rdpwatch::path
