#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "tests/rdpsim/behaviour.h"

namespace rdpwatch::rdpsim {

/// An IPv4 address in host byte order.
using Address = std::uint32_t;
std::string to_string(Address address);
/// Nothing unless it is an address in 127.0.0.0/8: the simulator serves nothing else.
std::optional<Address> parse_loopback(const std::string& text);

struct Host {
  Address address = 0;
  std::uint16_t port = 0;
  std::string name{};  ///< DNS name; empty when it has none
  std::shared_ptr<const Script> script{};
};

/// What the DNS responder does instead of an answer.
enum class DnsFault : std::uint8_t {
  None,
  NxDomain,
  NoData,
  ServFail,
  Refused,
  Mute,
  Malformed,
  Truncated,  ///< TC over UDP and over TCP
  Loop,       ///< a CNAME that leads back to itself
};

struct DnsRecord {
  std::vector<Address> a{};
  std::vector<std::array<std::uint8_t, 16>> aaaa{};
  std::string cname{};
  seconds ttl{1};
  DnsFault fault = DnsFault::None;
  milliseconds delay{0};
};

struct DnsZone {
  std::optional<Address> address{};  ///< empty: no responder
  std::uint16_t port = 53;
  std::map<std::string, DnsRecord> records{};  ///< by lower-case name without the final dot
};

struct Fleet {
  std::vector<Host> hosts{};
  std::unordered_map<std::uint64_t, std::size_t> by_endpoint{};  ///< key(): index in hosts
  DnsZone dns{};

  static std::uint64_t key(Address address, std::uint16_t port) {
    return std::uint64_t{address} << 16 | port;
  }
  const Host* find(Address address, std::uint16_t port) const;
};

/// Reads a fleet; hosts without a port get `default_port`, or the file's `port`. `time_scale` divides the
/// times of overlays. Throws FleetError with "file:line:column: what".
Fleet load_fleet(const std::filesystem::path& file, std::optional<std::uint16_t> port_override,
                 double time_scale);
/// The same from text, for tests.
Fleet parse_fleet(const std::string& text, std::optional<std::uint16_t> port_override = {},
                  double time_scale = 1.0);

}  // namespace rdpwatch::rdpsim
