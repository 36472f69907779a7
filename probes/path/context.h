#pragma once

#include <string>

namespace rdpwatch::path {

/// How this machine sends to an address.
struct Egress {
  std::string address{};     ///< our own; empty: none can be chosen
  std::string interface {};  ///< its name; empty: not known
  std::string kind{};  ///< "ethernet", "wifi", "tun", "wireguard", "ppp", "loopback", ...; empty: not known
  std::string gateway{};  ///< next router; empty: the address is on the link
  std::string route{};    ///< "10.1.0.0/16", "default"; "blackhole 10.3.0.1/32" and the like; empty: none
  bool default_route = false;
  std::string why_not{};  ///< not empty: the kernel finds no way, in its words
};

/// From where a host was asked.
struct Context {
  Egress egress{};
  std::string target_kind{};  ///< of the host's address: "private", "public", ... (address_kind.h)
};

}  // namespace rdpwatch::path
