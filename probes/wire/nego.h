#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string_view>
#include <variant>

#include "probes/wire/byte_writer.h"
#include "probes/wire/constants.h"
#include "probes/wire/decode_error.h"

namespace rdpwatch::wire {

/// RDP_NEG_REQ, [MS-RDPBCGR] 2.2.1.1.1.
struct NegRequest {
  std::uint8_t flags = 0;
  std::uint32_t protocols = 0;  ///< requestedProtocols, a set of SecurityProtocol bits
};

/// RDP_NEG_RSP, [MS-RDPBCGR] 2.2.1.2.1.
struct NegResponse {
  std::uint8_t flags = 0;
  std::uint32_t selected_protocol = 0;
};

/// RDP_NEG_FAILURE, [MS-RDPBCGR] 2.2.1.2.2.
struct NegFailure {
  NegFailureCode code{};
};

using NegReply = std::variant<NegResponse, NegFailure>;

/// type u8, flags u8, length u16le (8), requestedProtocols u32le.
void encode(ByteWriter& out, const NegRequest& request);

/// Decodes rdpNegData, the 8 bytes that end an X.224 Connection Confirm: type u8, flags u8, length u16le
/// (always 8), value u32le.
/// Errors: Truncated, BadLength (the length field, or bytes after the structure), UnexpectedType.
std::expected<NegReply, DecodeError> decode_neg_reply(std::span<const std::uint8_t> bytes);

/// "HYBRID_REQUIRED_BY_SERVER"; empty for a code that the specification does not name.
std::string_view name_of(NegFailureCode code);

/// "RDP", "TLS", "CredSSP", "CredSSP with early user authorization", ...; empty for an unknown value.
std::string_view name_of(SecurityProtocol protocol);

}  // namespace rdpwatch::wire
