#include "tests/support/hex.h"

#include <charconv>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace rdpwatch::test {

Bytes hex(std::string_view text) {
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '#') i = std::min(text.find('\n', i), text.size() - 1);
    if (!std::isspace(static_cast<unsigned char>(text[i])) && text[i] != '#') digits += text[i];
  }
  if (digits.size() % 2 != 0) throw std::invalid_argument{"odd number of hex digits"};
  Bytes bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    std::uint8_t value = 0;
    const char* end = digits.data() + i + 2;
    if (std::from_chars(digits.data() + i, end, value, 16).ptr != end) throw std::invalid_argument{"not hex"};
    bytes.push_back(value);
  }
  return bytes;
}

std::string text_file(const std::string& path) {
  std::ifstream file{std::string{RDPWATCH_SOURCE_DIR} + "/" + path};
  if (!file) throw std::invalid_argument{"cannot read " + path};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

Bytes hex_file(const std::string& path) { return hex(text_file(path)); }

}  // namespace rdpwatch::test
