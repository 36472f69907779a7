#include "probes/sanitize.h"

#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using rdpwatch::hex_excerpt;
using rdpwatch::kSanitizedBytes;
using rdpwatch::sanitize;
using rdpwatch::sanitize_utf16le;

namespace {

const std::string kBad = "\xEF\xBF\xBD";  // U+FFFD

std::string repeat(std::string_view text, std::size_t times) {
  std::string out;
  while (0 < times--) out += text;
  return out;
}

std::vector<std::uint8_t> utf16(std::u16string_view text) {
  std::vector<std::uint8_t> bytes;
  for (const char16_t unit : text) {
    bytes.push_back(static_cast<std::uint8_t>(unit & 0xFF));
    bytes.push_back(static_cast<std::uint8_t>(unit >> 8));
  }
  return bytes;
}

}  // namespace

TEST_CASE("sanitize: text of any script passes as it is") {
  for (const std::string text : {"", "RDS01.corp.example", "K\xC3\xB6ln", "\xE6\x9D\xB1\xE4\xBA\xAC",
                                 "\xF0\x9F\x96\xA5 desk", "a\xC2\xA0z"})
    CHECK(sanitize(text) == text);
}

TEST_CASE("sanitize: control characters become U+FFFD") {
  for (int c = 0; c < 0x20; ++c) CHECK(sanitize(std::string(1, static_cast<char>(c))) == kBad);
  CHECK(sanitize("\x7F") == kBad);
  CHECK(sanitize("\xC2\x80") == kBad);  // C1, first and last
  CHECK(sanitize("\xC2\x9F") == kBad);
  CHECK(sanitize("a\nb\x1B[31mc") == "a" + kBad + "b" + kBad + "[31mc");
}

TEST_CASE("sanitize: separators, invisible marks and bidirectional overrides become U+FFFD") {
  for (const char* mark : {"\xE2\x80\xA8", "\xE2\x80\xA9",                         // U+2028, U+2029
                           "\xE2\x80\xAA", "\xE2\x80\xAE",                         // U+202A to U+202E
                           "\xE2\x81\xA6", "\xE2\x81\xA9",                         // U+2066 to U+2069
                           "\xE2\x80\x8B", "\xE2\x80\x8F",                         // zero width, RLM
                           "\xD8\x9C", "\xC2\xAD", "\xF3\xA0\x81\x81",             // U+061C, ALM
                           "\xEF\xBB\xBF", "\xEF\xBF\xB9",                         // BOM, annotation
                           "\xEF\xBF\xBE", "\xEF\xBF\xBF", "\xF4\x8F\xBF\xBF"}) {  // noncharacters
    CAPTURE(mark);
    CHECK(sanitize(mark) == kBad);
  }
}

TEST_CASE("sanitize: what is not UTF-8 becomes U+FFFD byte by byte, the rest survives") {
  CHECK(sanitize("\x80") == kBad);                                        // lone continuation
  CHECK(sanitize("\xC0\xAF") == kBad + kBad);                             // overlong /
  CHECK(sanitize("\xE0\x80\xAF") == repeat(kBad, 3));                     // overlong
  CHECK(sanitize("\xF0\x80\x80\xAF") == repeat(kBad, 4));                 // overlong
  CHECK(sanitize("\xED\xA0\x80").find("\xED") == std::string::npos);      // a surrogate
  CHECK(sanitize("\xF4\x90\x80\x80").find("\xF4") == std::string::npos);  // above U+10FFFF
  CHECK(sanitize("\xFF\xFE") == kBad + kBad);
  CHECK(sanitize("a\xC3") == "a" + kBad);                    // truncated at the end
  CHECK(sanitize("a\xE2\x82z") == "a" + kBad + kBad + "z");  // truncated in the middle
}

TEST_CASE("sanitize: at most 256 bytes, cut at a character") {
  CHECK(sanitize(std::string(1000, 'x')).size() == kSanitizedBytes);
  CHECK(sanitize(std::string(kSanitizedBytes, 'x')).size() == kSanitizedBytes);
  CHECK(sanitize(std::string(255, 'x') + "\xC3\xB6") == std::string(255, 'x'));
  CHECK(sanitize(std::string(254, 'x') + "\xC3\xB6") == std::string(254, 'x') + "\xC3\xB6");
  CHECK(sanitize(std::string(253, 'x') + "\xF0\x9F\x96\xA5y") == std::string(253, 'x'));
  CHECK(sanitize(repeat("\x01", 300)) == repeat(kBad, kSanitizedBytes / 3));  // growth counts too
}

TEST_CASE("sanitize: idempotent and within bounds for any bytes") {
  std::mt19937 random{20261122};
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random() % 400, '\0');
    const bool dense = round % 2 == 0;  // half of the rounds favour lead and continuation bytes
    for (char& c : text) c = static_cast<char>(dense ? 0x80 | (random() & 0x7F) : random() & 0xFF);
    const auto once = sanitize(text);
    REQUIRE(once.size() <= kSanitizedBytes);
    REQUIRE(sanitize(once) == once);
  }
}

TEST_CASE("sanitize_utf16le: names, pairs and broken pairs") {
  CHECK(sanitize_utf16le({}) == "");
  CHECK(sanitize_utf16le(utf16(u"RDS01")) == "RDS01");
  CHECK(sanitize_utf16le(utf16(u"K\u00F6ln \u6771")) == "K\xC3\xB6ln \xE6\x9D\xB1");
  CHECK(sanitize_utf16le(utf16(u"\U0001F5A5")) == "\xF0\x9F\x96\xA5");
  using Units = std::u16string;
  CHECK(sanitize_utf16le(utf16(Units{0xD83D, u'x'})) == kBad + "x");  // high alone
  CHECK(sanitize_utf16le(utf16(Units{0xDDA5, u'x'})) == kBad + "x");  // low alone
  CHECK(sanitize_utf16le(utf16(Units{0xD83D})) == kBad);              // high at the end
  CHECK(sanitize_utf16le(utf16(Units{0xD83D, 0xD83D, 0xDDA5})) == kBad + "\xF0\x9F\x96\xA5");
  CHECK(sanitize_utf16le(utf16(Units{u'a', 0, u'b', 0x202E})) == "a" + kBad + "b" + kBad);
}

TEST_CASE("sanitize_utf16le: an odd last byte is ignored, length is bounded") {
  auto bytes = utf16(u"RDS01");
  bytes.push_back('x');
  CHECK(sanitize_utf16le(bytes) == "RDS01");
  CHECK(sanitize_utf16le(std::vector<std::uint8_t>(10'000, 0x41)).size() <= kSanitizedBytes);
}

TEST_CASE("hex_excerpt: shows the first bytes and that there were more") {
  const std::vector<std::uint8_t> bytes{0x16, 0x03, 0x01, 0xFF};
  CHECK(hex_excerpt({}) == "");
  CHECK(hex_excerpt(bytes) == "16 03 01 ff");
  CHECK(hex_excerpt(bytes, 4) == "16 03 01 ff");
  CHECK(hex_excerpt(bytes, 3) == "16 03 01 ...");
}
