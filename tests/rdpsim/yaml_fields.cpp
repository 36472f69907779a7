#include "tests/rdpsim/yaml_fields.h"

#include <charconv>

namespace rdpwatch::rdpsim {

void complain(const YAML::Node& where, const std::string& what) {
  const YAML::Mark mark = where.Mark();
  throw FleetError{std::to_string(mark.line + 1) + ":" + std::to_string(mark.column + 1) + ": " + what};
}

std::string parse_text(const YAML::Node& node) {
  if (!node.IsScalar()) complain(node, "expected a text");
  return node.Scalar();
}

bool parse_bool(const YAML::Node& node) {
  const std::string text = parse_text(node);
  if (text == "true") return true;
  if (text == "false") return false;
  complain(node, "expected true or false, not '" + text + "'");
}

std::uint64_t parse_number(const YAML::Node& node, std::uint64_t limit) {
  const std::string text = parse_text(node);
  const bool is_hex = text.starts_with("0x");
  const char* begin = text.data() + (is_hex ? 2 : 0);
  const char* end = text.data() + text.size();
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(begin, end, value, is_hex ? 16 : 10);
  if (error != std::errc{} || stop != end || begin == end)
    complain(node, "expected a number, not '" + text + "'");
  if (limit < value) complain(node, "at most " + std::to_string(limit) + ", not " + text);
  return value;
}

milliseconds parse_duration(const YAML::Node& node) {
  const std::string text = parse_text(node);
  const bool negative = text.starts_with('-');
  const char* begin = text.data() + (negative ? 1 : 0);
  const char* end = text.data() + text.size();
  std::int64_t value = 0;
  const auto [stop, error] = std::from_chars(begin, end, value);
  const std::string unit{stop, end};
  const std::int64_t factor = unit == "ms"  ? 1
                              : unit == "s" ? 1'000
                              : unit == "m" ? 60'000
                              : unit == "h" ? 3'600'000
                              : unit == "d" ? 86'400'000
                                            : 0;
  constexpr std::int64_t kMost = 100'000'000;
  if (error == std::errc{} && value == 0 && unit.empty()) return milliseconds{0};
  if (error != std::errc{} || factor == 0 || kMost < value)
    complain(node, "expected a duration such as 500ms, 2s, 5m, 3h or 10d, not '" + text + "'");
  return milliseconds{(negative ? -value : value) * factor};
}

Bytes parse_hex(const YAML::Node& node) {
  std::string digits;
  for (const char c : parse_text(node))
    if (c != ' ' && c != '\n') digits += c;
  if (digits.size() % 2 != 0) complain(node, "expected an even number of hex digits");
  Bytes bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    std::uint8_t value = 0;
    const char* end = digits.data() + i + 2;
    if (std::from_chars(digits.data() + i, end, value, 16).ptr != end) complain(node, "expected hex digits");
    bytes.push_back(value);
  }
  return bytes;
}

Fields::Fields(const YAML::Node& node) : node_{node} {
  if (!node.IsMap()) complain(node, "expected a mapping");
}

YAML::Node Fields::operator[](const std::string& key) {
  asked_.insert(key);
  const YAML::Node& node = node_;
  return node[key];
}

void Fields::finish() const {
  for (const auto& entry : node_) {
    const std::string key = entry.first.Scalar();
    if (asked_.contains(key)) continue;
    std::string known;
    for (const std::string& name : asked_) known += (known.empty() ? "" : ", ") + name;
    complain(entry.first, "unknown key '" + key + "'; known here: " + known);
  }
}

}  // namespace rdpwatch::rdpsim
