#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <asio/ip/address.hpp>

namespace rdpwatch::net {

/// QTYPE, RFC 1035 section 3.2.2 and RFC 3596 section 2.1.
enum class DnsType : std::uint16_t { A = 1, Aaaa = 28 };
std::string_view to_string(DnsType type);

/// RCODE, RFC 1035 section 4.1.1. An open set: unnamed values are kept.
enum class DnsCode : std::uint8_t {
  NoError = 0,
  FormErr = 1,
  ServFail = 2,
  NxDomain = 3,
  NotImp = 4,
  Refused = 5,
};

/// "SERVFAIL"; "rcode 23" for one without a name.
std::string to_text(DnsCode code);

/// Aliases that a chain may have before it counts as broken; the common recursive servers give up at 16 or
/// earlier (documented by them).
inline constexpr std::size_t kMaxAliases = 16;

/// What one answer says about the addresses of the name that was asked.
struct DnsAnswer {
  DnsCode code = DnsCode::NoError;
  bool truncated = false;                      ///< TC: the rest is not read, ask again over TCP
  std::vector<asio::ip::address> addresses{};  ///< of the name or the end of its chain, in the order received
  std::chrono::seconds ttl{};                  ///< smallest of the chain and its addresses
  std::string alias{};                         ///< end of the CNAME chain, lower case; empty without one
  bool alias_loop = false;                     ///< the chain returns to itself or has over kMaxAliases links
};

/// Decodes a response to a question of `type`. Records of other owners, classes and types are passed over.
/// The error says what is wrong. Never throws; keeps no reference to `message`.
std::expected<DnsAnswer, std::string> decode_dns_answer(std::span<const std::uint8_t> message, DnsType type);

}  // namespace rdpwatch::net
