#include "daemon/text.h"

#include <algorithm>
#include <utility>

namespace rdpwatch::daemon {
namespace {

constexpr std::size_t kLabel = 12;  // columns of the left side of a field, blanks included

std::string_view sgr(Ink ink) {
  switch (ink) {
    case Ink::Plain: return "";
    case Ink::Bold: return "\x1B[1m";
    case Ink::Dim: return "\x1B[2m";
    case Ink::Red: return "\x1B[1;31m";
    case Ink::Yellow: return "\x1B[33m";
    case Ink::Green: return "\x1B[32m";
  }
  return "";
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// Length in bytes of the character, or SGR sequence, at the front of non-empty `text`.
std::size_t unit_size(std::string_view text) {
  if (text.starts_with("\x1B[")) return std::min(text.find('m'), text.size() - 1) + 1;
  std::size_t size = 1;
  while (size < text.size() && is_continuation(text[size])) ++size;
  return size;
}

char32_t decoded(std::string_view unit) {
  const auto first = static_cast<unsigned char>(unit.front());
  if (unit.size() == 1) return first;
  char32_t value = first & (0xFFu >> (unit.size() + 1));
  for (const char c : unit.substr(1)) value = value << 6 | (static_cast<unsigned char>(c) & 0x3F);
  return value;
}

/// The blocks that terminals draw two columns wide: Hangul, CJK, full-width forms, emoji.
bool is_wide(char32_t c) {
  constexpr std::pair<char32_t, char32_t> kWide[] = {
      {0x1100, 0x115F}, {0x2E80, 0xA4CF}, {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},  {0xFE30, 0xFE6F},
      {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6}, {0x1F300, 0x1FAFF}, {0x20000, 0x3FFFD}};
  return std::ranges::any_of(kWide, [c](const auto& range) { return range.first <= c && c <= range.second; });
}

std::size_t unit_columns(std::string_view unit) {
  if (unit.front() == '\x1B') return 0;
  return is_wide(decoded(unit)) ? 2 : 1;
}

/// As much of the front of `text` as fits into `room` columns, at least one character.
std::string_view fitting(std::string_view text, std::size_t room) {
  std::size_t size = 0, used = 0;
  while (size < text.size()) {
    const auto unit = text.substr(size, unit_size(text.substr(size)));
    used += unit_columns(unit);
    if (room < used && 0 < size) break;
    size += unit.size();
  }
  return text.substr(0, size);
}

void strip_trailing_blanks(std::string& text) {
  while (text.ends_with(' ')) text.pop_back();
}

}  // namespace

std::string paint(Ink ink, std::string_view text, const TextStyle& style) {
  if (!style.colour || ink == Ink::Plain || text.empty()) return std::string{text};
  return std::string{sgr(ink)} + std::string{text} + "\x1B[0m";
}

std::size_t columns(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    const auto size = unit_size(text);
    count += unit_columns(text.substr(0, size));
    text.remove_prefix(size);
  }
  return count;
}

std::string padded(std::string_view text, std::size_t width) {
  std::string out{text};
  const auto used = columns(text);
  if (used < width) out.append(width - used, ' ');
  return out;
}

std::string wrapped(std::string_view first, std::string_view text, std::size_t indent,
                    const TextStyle& style) {
  const auto width = std::max(style.width, kLeastWidth);
  indent = std::min(indent, width / 2);
  std::string out{first};
  std::size_t used = columns(first);
  bool at_start = true;  // no blank before the first word of a line
  while (!text.empty()) {
    auto word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    while (!word.empty()) {
      const auto need = columns(word) + (at_start ? 0 : 1);
      if (width < used + need && (!at_start || indent < used)) {
        strip_trailing_blanks(out);
        out += '\n' + std::string(indent, ' ');
        used = indent;
        at_start = true;
        continue;
      }
      if (!at_start) out += ' ', ++used;
      const auto piece = fitting(word, width - used);
      out += piece;
      used += columns(piece);
      at_start = false;
      word.remove_prefix(piece.size());
    }
  }
  strip_trailing_blanks(out);
  return out + '\n';
}

std::string field(std::string_view label, std::string_view text, const TextStyle& style) {
  if (text.empty()) return {};
  return wrapped("  " + padded(label, kLabel), text, 2 + kLabel, style);
}

std::string numbered(std::string_view label, const std::vector<std::string_view>& items,
                     const TextStyle& style) {
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const auto first = "  " + padded(i == 0 ? label : "", kLabel) + std::to_string(i + 1) + ". ";
    out += wrapped(first, items[i], first.size(), style);
  }
  return out;
}

std::string for_output(std::string text, const TextStyle& style) {
  if (style.utf8) return text;
  std::erase_if(text, is_continuation);
  for (char& c : text)
    if (static_cast<unsigned char>(c) & 0x80) c = '?';
  return text;
}

}  // namespace rdpwatch::daemon
