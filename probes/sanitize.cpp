#include "probes/sanitize.h"

#include <algorithm>
#include <array>
#include <optional>

namespace rdpwatch {
namespace {

constexpr char32_t kReplacement = 0xFFFD;

/// Cc, the line and paragraph separators, and the marks that reorder text or hide in it.
bool is_allowed(char32_t c) {
  if (c < 0x20 || (0x7F <= c && c < 0xA0)) return false;
  if (c == 0xAD || c == 0x61C || c == 0x180E) return false;
  if (0x200B <= c && c <= 0x200F) return false;
  if (0x2028 <= c && c <= 0x202E) return false;
  if (0x2060 <= c && c <= 0x206F) return false;
  if (c == 0xFEFF || (0xFFF9 <= c && c <= 0xFFFB)) return false;
  if (0xD800 <= c && c <= 0xDFFF) return false;
  if (0xE0000 <= c && c <= 0xE007F) return false;
  return c <= 0x10FFFF && (c & 0xFFFE) != 0xFFFE;
}

/// Appends `c` as UTF-8; false when it does not fit any more.
bool append(std::string& out, char32_t c) {
  if (!is_allowed(c)) c = kReplacement;
  std::array<char, 4> bytes{};
  std::size_t size = 0;
  const auto put = [&](std::uint32_t value) { bytes[size++] = static_cast<char>(value); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6), put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12), put(0x80 | (c >> 6 & 0x3F)), put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | c >> 18), put(0x80 | (c >> 12 & 0x3F)), put(0x80 | (c >> 6 & 0x3F)), put(0x80 | (c & 0x3F));
  }
  if (kSanitizedBytes < out.size() + size) return false;
  out.append(bytes.data(), size);
  return true;
}

/// Takes one character off the front; nothing where the bytes are not UTF-8 (one byte is taken then).
std::optional<char32_t> take_utf8(std::string_view& text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = byte(0);
  const std::size_t size = first < 0x80       ? 1
                           : first >> 5 == 6  ? 2
                           : first >> 4 == 14 ? 3
                           : first >> 3 == 30 ? 4
                                              : 0;
  char32_t value = size <= 1 ? first : first & (0x7Fu >> size);
  bool valid = size != 0 && size <= text.size();
  for (std::size_t i = 1; valid && i < size; ++i) {
    valid = byte(i) >> 6 == 2;
    value = value << 6 | (byte(i) & 0x3F);
  }
  constexpr std::array<char32_t, 5> kLeast{0, 0, 0x80, 0x800, 0x10000};
  valid = valid && kLeast[size] <= value;  // overlong forms
  text.remove_prefix(valid ? size : 1);
  return valid ? std::optional{value} : std::nullopt;
}

}  // namespace

std::string sanitize(std::string_view text) {
  std::string out;
  out.reserve(std::min(text.size(), kSanitizedBytes));
  while (!text.empty() && append(out, take_utf8(text).value_or(kReplacement))) continue;
  return out;
}

std::string sanitize_utf16le(std::span<const std::uint8_t> bytes) {
  std::string out;
  const auto unit = [&](std::size_t i) { return static_cast<char32_t>(bytes[i] | bytes[i + 1] << 8); };
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    char32_t c = unit(i);
    if (0xD800 <= c && c < 0xDC00 && i + 3 < bytes.size() && unit(i + 2) >> 10 == 0x37) {
      c = 0x10000 + ((c & 0x3FF) << 10) + (unit(i + 2) & 0x3FF);
      i += 2;
    }
    if (!append(out, c)) break;
  }
  return out;
}

std::string hex_excerpt(std::span<const std::uint8_t> bytes, std::size_t limit) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const auto byte : bytes.first(std::min(limit, bytes.size()))) {
    if (!out.empty()) out += ' ';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  if (limit < bytes.size()) out += " ...";
  return out;
}

}  // namespace rdpwatch
