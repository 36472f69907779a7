#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace rdpwatch {

/// The one door for text from the wire (design.md section 5, invariant 6): valid UTF-8, no control characters
/// (C0, DEL, C1, line and paragraph separators, bidirectional overrides), at most `kSanitizedBytes` bytes,
/// cut at a character. What is not allowed becomes U+FFFD. Idempotent.
inline constexpr std::size_t kSanitizedBytes = 256;
std::string sanitize(std::string_view text);

/// UTF-16LE as found in NTLM messages, decoded and sanitised; unpaired surrogates become U+FFFD.
std::string sanitize_utf16le(std::span<const std::uint8_t> bytes);

/// "16 03 01 ..." for people: at most `limit` bytes, then "...".
std::string hex_excerpt(std::span<const std::uint8_t> bytes, std::size_t limit = 16);

}  // namespace rdpwatch
