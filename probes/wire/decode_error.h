#pragma once

#include <cstdint>
#include <string_view>

namespace rdpwatch::wire {

/// Why bytes are not the structure that was expected. Decoders never throw.
enum class DecodeError : std::uint8_t {
  Truncated,       ///< more bytes are needed
  BadLength,       ///< a length field contradicts another, or the specification
  TooLong,         ///< within the format, but beyond what we accept
  UnexpectedType,  ///< a tag, type or signature that does not belong here
};

std::string_view to_string(DecodeError error);

}  // namespace rdpwatch::wire
