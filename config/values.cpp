#include "config/values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace rdpwatch::config {
namespace {

using std::unexpected;

struct Unit {
  std::string_view name;
  std::int64_t milliseconds;
};
constexpr std::array<Unit, 7> kUnits{{{"y", 31'536'000'000},
                                      {"w", 604'800'000},
                                      {"d", 86'400'000},
                                      {"h", 3'600'000},
                                      {"m", 60'000},
                                      {"s", 1'000},
                                      {"ms", 1}}};
constexpr std::int64_t kMaxMilliseconds = 100 * kUnits[0].milliseconds;

bool is_digit(char c) { return '0' <= c && c <= '9'; }
std::string quote(std::string_view text) { return "\"" + std::string{text} + "\""; }

std::string_view take(std::string_view& rest, bool (*belongs)(char)) {
  const auto end = std::ranges::find_if_not(rest, belongs);
  const auto head = rest.substr(0, static_cast<std::size_t>(end - rest.begin()));
  rest.remove_prefix(head.size());
  return head;
}

template <class T>
bool convert(std::string_view text, T& value) {
  const auto* end = text.data() + text.size();
  return std::from_chars(text.data(), text.data() + text.size(), value) ==
         std::from_chars_result{end, std::errc{}};
}

}  // namespace

Parsed<milliseconds> parse_duration(std::string_view text) {
  if (text == "0") return milliseconds{0};
  const auto fault = [text](std::string_view why) {
    return unexpected{quote(text) + " is not a duration" + std::string{why}};
  };
  std::int64_t total = 0;
  std::size_t next_unit = 0;
  auto rest = text;
  while (!rest.empty()) {
    const auto digits = take(rest, is_digit);
    const auto name = take(rest, [](char c) { return 'a' <= c && c <= 'z'; });
    if (digits.empty()) return fault("");
    if (name.empty()) return fault(rest.empty() ? ": the unit is missing" : "");
    const auto unit = std::ranges::find(kUnits, name, &Unit::name);
    if (unit == kUnits.end()) return fault(": unknown unit " + quote(name));
    const auto position = static_cast<std::size_t>(unit - kUnits.begin());
    if (position < next_unit) return fault(": units go from large to small, once each");
    next_unit = position + 1;
    std::int64_t count = 0;
    if (!convert(digits, count) || kMaxMilliseconds / unit->milliseconds < count) return fault(": too long");
    total += count * unit->milliseconds;
    if (kMaxMilliseconds < total) return fault(": too long");
  }
  if (text.empty()) return fault("");
  return milliseconds{total};
}

std::string format_duration(milliseconds duration) {
  if (duration.count() <= 0) return "0";
  std::string text;
  auto rest = duration.count();
  for (const auto& unit : kUnits) {
    // A year is 365 days and a week seven days: only whole ones are shown, so that 90d stays 90d.
    const bool coarse = unit.name == "y" || unit.name == "w";
    if (rest < unit.milliseconds || (coarse && rest % unit.milliseconds != 0)) continue;
    text += std::to_string(rest / unit.milliseconds) + std::string{unit.name};
    rest %= unit.milliseconds;
  }
  return text;
}

Parsed<std::int64_t> parse_integer(std::string_view text) {
  auto digits = text;
  if (digits.starts_with('-')) digits.remove_prefix(1);
  if (digits.empty() || !std::ranges::all_of(digits, is_digit))
    return unexpected{quote(text) + " is not a whole decimal number"};
  if (1 < digits.size() && digits[0] == '0')
    return unexpected{quote(text) + " has a leading zero: some YAML readers take it as octal"};
  std::int64_t value = 0;
  if (!convert(text, value)) return unexpected{quote(text) + " is out of range"};
  return value;
}

Parsed<double> parse_number(std::string_view text) {
  const bool decimal =
      !text.empty() && std::ranges::all_of(text, [](char c) { return is_digit(c) || c == '.'; });
  double value = 0;
  if (!decimal || !convert(text, value)) return unexpected{quote(text) + " is not a decimal number"};
  return value;
}

Parsed<bool> parse_boolean(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return unexpected{quote(text) + " is not true or false"};
}

Parsed<std::string> parse_url(std::string_view text) {
  const auto fault = [text](std::string_view why) {
    return unexpected{quote(mask_url(text)) + " is not an http or https URL" + std::string{why}};
  };
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos) return fault("");
  if (text.substr(0, scheme) != "http" && text.substr(0, scheme) != "https") return fault("");
  if (std::ranges::any_of(text,
                          [](char c) { return c <= ' ' || c == '"' || c == '<' || c == '>' || c == 0x7F; }))
    return fault(": it has characters that URLs do not have");
  auto authority = text.substr(scheme + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  const auto at = authority.rfind('@');
  const auto host = parse_host_port(at == std::string_view::npos ? authority : authority.substr(at + 1));
  if (!host) return fault(": " + host.error());
  while (text.ends_with('/')) text.remove_suffix(1);
  return std::string{text};
}

std::string mask_url(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string{url};
  const auto begin = scheme + 3;
  const auto authority = url.substr(begin, url.substr(begin).find_first_of("/?#"));
  const auto at = authority.rfind('@');
  if (at == std::string_view::npos) return std::string{url};
  const auto colon = authority.find(':');
  if (at < colon) return std::string{url};
  return std::string{url.substr(0, begin + colon)} + ":***" + std::string{url.substr(begin + at)};
}

Parsed<std::string> parse_sha256(std::string_view text) {
  std::string hex;
  for (const char c : text) {
    if (c == ':' || c == ' ') continue;
    const char low = 'A' <= c && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
    if (!is_digit(low) && !('a' <= low && low <= 'f'))
      return unexpected{quote(text) + " is not a SHA-256 in hex"};
    hex += low;
  }
  if (hex.size() != 64)
    return unexpected{"a SHA-256 has 64 hex digits, this has " + std::to_string(hex.size())};
  return hex;
}

std::string label_name_fault(std::string_view name) {
  const auto is_letter = [](char c) { return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || c == '_'; };
  const bool well_formed = !name.empty() && is_letter(name[0]) && name.size() <= 128 &&
                           std::ranges::all_of(name, [&](char c) { return is_letter(c) || is_digit(c); });
  if (!well_formed) return quote(name) + " is not a label name";
  const bool ours = name == "label_host" || name == "label_port" || name == "label_module";
  if (ours || name == "job" || name == "instance" || name == "target" || name.starts_with("__"))
    return "label name " + quote(name) + " belongs to Prometheus or to rdpwatch";
  return {};
}

Parsed<std::string> parse_id(std::string_view text) {
  if (const auto fault = text_fault(text, kMaxIdBytes); !fault.empty())
    return unexpected{"the id " + quote(text.substr(0, 64)) + " " + fault};
  return std::string{text};
}

std::string text_fault(std::string_view text, std::size_t max_bytes) {
  if (text.empty()) return "is empty";
  if (max_bytes < text.size()) return "is longer than " + std::to_string(max_bytes) + " bytes";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool c1 = c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (c < 0x20 || c == 0x7F || c1) return "has control characters";
  }
  if (text.front() == ' ' || text.back() == ' ') return "has blanks at its ends";
  return {};
}

}  // namespace rdpwatch::config
