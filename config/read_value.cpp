#include "config/read_value.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

namespace rdpwatch::config {
namespace {

std::string quote(std::string_view text) { return "\"" + std::string{text} + "\""; }

std::string range_text(std::string_view low, std::string_view high) {
  return "from " + std::string{low} + " to " + std::string{high};
}

std::string number_text(double value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), end.ptr};
}

/// A plain scalar; numbers and booleans in quotes are texts.
bool is_plain(Reader& reader, const Node& node, const std::string& expected) {
  if (!node.is_scalar()) {
    reader.wrong_type(node, expected);
    return false;
  }
  if (node.quoted) reader.error(node.place, "wrong type: this is a text in quotes", {expected, {}});
  return !node.quoted;
}

}  // namespace

std::string enumerate(std::span<const std::string_view> names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i)
    text += (i == 0 ? "" : i + 1 == names.size() ? " or " : ", ") + std::string{names[i]};
  return text;
}

std::optional<milliseconds> read_duration(Reader& reader, const Node& node, const DurationRange& range) {
  const auto expected = "a duration such as 90s, 1h30m or " +
                        std::string{range.whole_seconds ? "2w" : "500ms"} + ", " +
                        range_text(format_duration(range.lowest), format_duration(range.highest));
  if (!node.is_scalar()) return reader.wrong_type(node, expected), std::nullopt;
  const auto duration = take(reader, node, parse_duration(node.text), expected);
  if (!duration) return std::nullopt;
  if (*duration < range.lowest || range.highest < *duration)
    return reader.error(node.place, quote(node.text) + " is out of range", {expected, {}}), std::nullopt;
  if (range.whole_seconds && duration->count() % 1000 != 0)
    return reader.error(node.place, quote(node.text) + " is not a whole number of seconds", {expected, {}}),
           std::nullopt;
  return duration;
}

std::optional<std::int64_t> read_integer(Reader& reader, const Node& node, std::int64_t low,
                                         std::int64_t high) {
  const auto expected = "a whole number " + range_text(std::to_string(low), std::to_string(high));
  if (!is_plain(reader, node, expected)) return std::nullopt;
  const auto value = take(reader, node, parse_integer(node.text), expected);
  if (value && (*value < low || high < *value))
    return reader.error(node.place, node.text + " is out of range", {expected, {}}), std::nullopt;
  return value;
}

std::optional<double> read_number(Reader& reader, const Node& node, double low, double high) {
  const auto expected = "a number " + range_text(number_text(low), number_text(high));
  if (!is_plain(reader, node, expected)) return std::nullopt;
  const auto value = take(reader, node, parse_number(node.text), expected);
  if (value && (*value < low || high < *value))
    return reader.error(node.place, node.text + " is out of range", {expected, {}}), std::nullopt;
  return value;
}

std::optional<bool> read_boolean(Reader& reader, const Node& node) {
  if (!is_plain(reader, node, "true or false")) return std::nullopt;
  const auto value = parse_boolean(node.text);
  if (value) return *value;
  std::string word = node.text;
  std::ranges::transform(word, word.begin(),
                         [](char c) { return 'A' <= c && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const bool yes = word == "yes" || word == "on" || word == "y" || word == "true" || word == "1";
  const bool no = word == "no" || word == "off" || word == "n" || word == "false" || word == "0";
  reader.error(node.place, value.error(), {"true or false", yes ? "true" : no ? "false" : ""});
  return std::nullopt;
}

std::optional<std::string_view> read_text(Reader& reader, const Node& node, std::string_view expected) {
  if (node.is_scalar()) return node.text;
  reader.wrong_type(node, std::string{expected});
  return std::nullopt;
}

std::optional<std::size_t> read_choice(Reader& reader, const Node& node,
                                       std::span<const std::string_view> names) {
  if (!node.is_scalar()) return reader.wrong_type(node, enumerate(names)), std::nullopt;
  const auto found = std::ranges::find(names, node.text);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  reader.error(node.place, quote(node.text) + " is not known here",
               {enumerate(names), std::string{nearest(node.text, {names.begin(), names.end()})}});
  return std::nullopt;
}

}  // namespace rdpwatch::config
