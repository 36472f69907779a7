#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <vector>

#include "probes/wire/decode_error.h"

namespace rdpwatch::wire {

/// Length of the whole TPKT that `bytes` begin with, its header included; RFC 1006 section 6:
/// version u8 (3), reserved u8 (ignored), length u16be.
/// Errors: Truncated (fewer than 4 bytes, all right so far), UnexpectedType (version is not 3), BadLength
/// (less than the 7 bytes of the smallest TPDU).
std::expected<std::size_t, DecodeError> tpkt_length(std::span<const std::uint8_t> bytes);

/// Puts the header before `tpdu`, of which there are at most 65,531 bytes.
std::vector<std::uint8_t> encode_tpkt(std::span<const std::uint8_t> tpdu);

}  // namespace rdpwatch::wire
