#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "probes/wire/constants.h"
#include "probes/wire/decode_error.h"

namespace rdpwatch::wire {

/// VERSION, [MS-NLMP] 2.2.2.10.
struct NtlmVersion {
  std::uint8_t major = 0;
  std::uint8_t minor = 0;
  std::uint16_t build = 0;
  std::uint8_t revision = 0x0F;

  friend bool operator==(const NtlmVersion&, const NtlmVersion&) = default;
};

/// "10.0.20348"
std::string to_string(const NtlmVersion& version);

/// NEGOTIATE_MESSAGE, [MS-NLMP] 2.2.1.1, without domain and workstation: nothing about us but a version.
struct NtlmNegotiate {
  std::uint32_t flags = kNtlmNegotiateFlags;
  NtlmVersion version{10, 0, 19041, 0x0F};
};

std::vector<std::uint8_t> encode(const NtlmNegotiate& message);

/// CHALLENGE_MESSAGE, [MS-NLMP] 2.2.1.2. Text is UTF-8 and sanitised; empty where the server left it out.
struct NtlmChallenge {
  std::string target_name{};
  std::uint32_t flags = 0;
  std::optional<NtlmVersion> version{};  ///< present if the flags say so and it is not all zero
  std::string computer{};                ///< MsvAvNbComputerName
  std::string domain{};                  ///< MsvAvNbDomainName
  std::string dns_computer{};            ///< MsvAvDnsComputerName
  std::string dns_domain{};              ///< MsvAvDnsDomainName
  std::string dns_forest{};              ///< MsvAvDnsTreeName
  /// MsvAvTimestamp: FILETIME, 100 ns since 1601-01-01 UTC. Zero on the wire counts as absent.
  std::optional<std::uint64_t> timestamp{};
};

/// Whether `bytes` begin with the NTLMSSP signature.
bool is_ntlm(std::span<const std::uint8_t> bytes);

/// Errors: Truncated (fewer bytes than the fixed part), BadLength (a field or AV pair reaches outside),
/// UnexpectedType (signature or message type).
std::expected<NtlmChallenge, DecodeError> decode_ntlm_challenge(std::span<const std::uint8_t> bytes);

/// The clock of a peer minus ours, from its FILETIME. Total: differences beyond 100 years are cut to that, so
/// that callers can add to and subtract from the value.
std::chrono::nanoseconds clock_difference(std::uint64_t filetime, std::chrono::system_clock::time_point ours);

}  // namespace rdpwatch::wire
