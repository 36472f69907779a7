#include "probes/net/dns_order.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <tuple>

#include <asio/ip/udp.hpp>
#include <sys/socket.h>
#include <unistd.h>

namespace rdpwatch::net {

namespace {

using V6Bytes = asio::ip::address_v6::bytes_type;

/// An address in IPv6 form, IPv4 as ::ffff:0:0/96 (RFC 6724 section 2.1).
V6Bytes v6_form(const asio::ip::address& address) {
  if (address.is_v6()) return address.to_v6().to_bytes();
  return asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()).to_bytes();
}

int common_prefix(const V6Bytes& a, const V6Bytes& b) {
  int bits = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto differs = static_cast<std::uint8_t>(a[i] ^ b[i]);
    bits += std::countl_zero(differs);
    if (differs != 0) break;
  }
  return bits;
}

struct PolicyRow {
  V6Bytes prefix;
  int length;
  int precedence;
  int label;
};

/// RFC 6724 section 2.1, longest prefixes first.
const PolicyRow& policy_of(const V6Bytes& address) {
  static const std::array<PolicyRow, 9> kTable{{
      {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, 50, 0},
      {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 35, 4},
      {{}, 96, 1, 3},
      {{0x20, 0x01, 0, 0}, 32, 5, 5},
      {{0x20, 0x02}, 16, 30, 2},
      {{0x3f, 0xfe}, 16, 1, 12},
      {{0xfe, 0xc0}, 10, 1, 11},
      {{0xfc}, 7, 3, 13},
      {{}, 0, 40, 1},
  }};
  return *std::ranges::find_if(
      kTable, [&](const PolicyRow& row) { return row.length <= common_prefix(row.prefix, address); });
}

/// RFC 6724 section 3.1; IPv4 as in section 3.2.
int scope_of(const asio::ip::address& address) {
  constexpr int kLinkLocal = 2, kSiteLocal = 5, kGlobal = 14;
  if (address.is_v4()) {
    const auto bytes = address.to_v4().to_bytes();
    return bytes[0] == 127 || (bytes[0] == 169 && bytes[1] == 254) ? kLinkLocal : kGlobal;
  }
  const auto v6 = address.to_v6();
  if (v6.is_multicast()) return v6.to_bytes()[1] & 0x0F;
  if (v6.is_loopback() || v6.is_link_local()) return kLinkLocal;
  return v6.is_site_local() ? kSiteLocal : kGlobal;
}

struct Candidate {
  asio::ip::address address;
  std::tuple<bool, bool, bool, int, int, int> key;  ///< smaller is better, rule by rule
};

Candidate candidate(const asio::ip::address& address, const SourceAddress& source_of) {
  const auto bytes = v6_form(address);
  const auto& policy = policy_of(bytes);
  const auto source = source_of(address);
  const int scope = scope_of(address);
  const bool scope_differs = !source || scope_of(*source) != scope;
  const bool label_differs = !source || policy_of(v6_form(*source)).label != policy.label;
  const int prefix = source && address.is_v6() ? common_prefix(bytes, v6_form(*source)) : 0;
  return {address, {!source, scope_differs, label_differs, -policy.precedence, scope, -prefix}};
}

std::vector<asio::ip::address> interleave(const std::vector<Candidate>& sorted) {
  std::vector<asio::ip::address> out, leading, other;
  for (const auto& one : sorted)
    (one.address.is_v6() == sorted.front().address.is_v6() ? leading : other).push_back(one.address);
  for (std::size_t i = 0; i < std::max(leading.size(), other.size()); ++i) {
    if (i < leading.size()) out.push_back(leading[i]);
    if (i < other.size()) out.push_back(other[i]);
  }
  return out;
}

}  // namespace

std::optional<asio::ip::address> kernel_source_address(const asio::ip::address& destination) {
  asio::ip::udp::endpoint peer{destination, 53};
  const int descriptor = ::socket(peer.protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return std::nullopt;
  asio::ip::udp::endpoint local;
  auto size = static_cast<socklen_t>(local.capacity());
  const bool known = ::connect(descriptor, peer.data(), static_cast<socklen_t>(peer.size())) == 0 &&
                     ::getsockname(descriptor, local.data(), &size) == 0;
  ::close(descriptor);
  if (!known) return std::nullopt;
  return local.address();
}

std::vector<asio::ip::address> connection_order(std::vector<asio::ip::address> addresses,
                                                const SourceAddress& source_of) {
  if (addresses.size() < 2) return addresses;
  std::vector<Candidate> sorted;
  sorted.reserve(addresses.size());
  for (const auto& address : addresses) sorted.push_back(candidate(address, source_of));
  std::ranges::stable_sort(sorted, {}, &Candidate::key);
  return interleave(sorted);
}

}  // namespace rdpwatch::net
