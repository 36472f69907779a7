#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <vector>

#include "probes/wire/decode_error.h"

namespace rdpwatch::wire {

/// TSRequest, [MS-CSSP] 2.2.1. Fields that are absent on the wire are empty.
struct TsRequest {
  std::uint32_t version = 0;
  std::vector<std::vector<std::uint8_t>> nego_tokens{};
  std::optional<std::vector<std::uint8_t>> auth_info{};
  std::optional<std::vector<std::uint8_t>> pub_key_auth{};
  /// NTSTATUS. Read from the signed 4-byte form and from the unsigned 5-byte form (00 C0 ...).
  std::optional<std::uint32_t> error_code{};
  std::optional<std::vector<std::uint8_t>> client_nonce{};

  friend bool operator==(const TsRequest&, const TsRequest&) = default;
};

/// DER. The error code goes out in the signed 4-byte form.
std::vector<std::uint8_t> encode(const TsRequest& request);

/// Length of the whole TSRequest that `bytes` begin with, from its outer tag and length: the only framing
/// there is. Errors: Truncated (all right so far), UnexpectedType (not a SEQUENCE), BadLength (indefinite or
/// not minimal), TooLong (beyond kMaxPhaseBytes).
std::expected<std::size_t, DecodeError> tsrequest_length(std::span<const std::uint8_t> bytes);

/// Decodes one whole TSRequest.
/// Errors: those of tsrequest_length; BadLength for bytes after it, encodings that are not DER, numbers
/// beyond 32 bits; UnexpectedType for anything else that is not a TSRequest.
std::expected<TsRequest, DecodeError> decode_tsrequest(std::span<const std::uint8_t> bytes);

}  // namespace rdpwatch::wire
