#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/reader.h"
#include "config/values.h"

/// Single values of the tree. Each reports what is wrong with position and expectation, and answers
/// nothing then.
namespace rdpwatch::config {

struct DurationRange {
  milliseconds lowest;
  milliseconds highest;
  bool whole_seconds = false;
};

std::optional<milliseconds> read_duration(Reader& reader, const Node& node, const DurationRange& range);
std::optional<std::int64_t> read_integer(Reader& reader, const Node& node, std::int64_t low,
                                         std::int64_t high);
std::optional<double> read_number(Reader& reader, const Node& node, double low, double high);
std::optional<bool> read_boolean(Reader& reader, const Node& node);
/// Any single value as text; `expected` goes into the message for other kinds.
std::optional<std::string_view> read_text(Reader& reader, const Node& node, std::string_view expected);
/// Index of the text in `names`.
std::optional<std::size_t> read_choice(Reader& reader, const Node& node,
                                       std::span<const std::string_view> names);

/// Reports the fault of a Parsed value at the node.
template <class T>
std::optional<T> take(Reader& reader, const Node& node, Parsed<T> parsed, std::string_view expected) {
  if (parsed) return std::move(*parsed);
  reader.error(node.place, parsed.error(), {std::string{expected}, {}});
  return std::nullopt;
}

/// "a, b or c" for messages.
std::string enumerate(std::span<const std::string_view> names);

}  // namespace rdpwatch::config
