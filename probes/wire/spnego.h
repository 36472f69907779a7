#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "probes/wire/decode_error.h"

namespace rdpwatch::wire {

/// Security mechanisms by their object identifiers, [MS-SPNG] 1.9.1.
enum class Mechanism : std::uint8_t { Ntlm, Kerberos, MicrosoftKerberos, NegoEx, Other };

std::string_view to_string(Mechanism mechanism);

/// NegTokenInit of RFC 4178 section 4.2.1 and NegTokenInit2 of [MS-SPNG] 2.2.1.
struct SpnegoInit {
  std::vector<Mechanism> mechanisms{};
};

/// negState, RFC 4178 section 4.2.2. An open set.
enum class NegState : std::uint32_t { AcceptCompleted = 0, AcceptIncomplete = 1, Reject = 2, RequestMic = 3 };

/// NegTokenResp, RFC 4178 section 4.2.2.
struct SpnegoResponse {
  std::optional<NegState> state{};
  std::optional<Mechanism> mechanism{};
  std::vector<std::uint8_t> token{};  ///< responseToken; empty when absent
};

/// A GSS-API token of a mechanism that stands outside SPNEGO, RFC 2743 section 3.1.
struct BareMechanism {
  Mechanism mechanism = Mechanism::Other;
};

using GssToken = std::variant<SpnegoInit, SpnegoResponse, BareMechanism>;

/// Whether `token` begins as a GSS-API or SPNEGO token does; raw NTLM does not.
bool looks_like_gss(std::span<const std::uint8_t> token);

/// Decodes a token as found in negoTokens. Errors: BadLength, UnexpectedType.
std::expected<GssToken, DecodeError> decode_gss_token(std::span<const std::uint8_t> token);

}  // namespace rdpwatch::wire
