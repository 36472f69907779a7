#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rdpwatch::daemon {

/// How text for people may look at the place where it goes.
struct TextStyle {
  std::size_t width = 80;  ///< columns; at least kLeastWidth is assumed
  bool colour = false;     ///< SGR sequences are understood
  bool utf8 = false;       ///< else everything but ASCII is replaced
};
inline constexpr std::size_t kLeastWidth = 40;

enum class Ink : std::uint8_t { Plain, Bold, Dim, Red, Yellow, Green };

/// `text` in that ink; as it is when the style has no colour.
std::string paint(Ink ink, std::string_view text, const TextStyle& style);

/// Columns that `text` takes: East Asian wide characters take two, SGR sequences none.
std::size_t columns(std::string_view text);

/// `text` and blanks up to `width` columns.
std::string padded(std::string_view text, std::size_t width);

/// `first` followed by `text`, broken between words at the style's width; continued lines begin with `indent`
/// blanks. A word that is longer than a line is cut. Ends with a line end.
std::string wrapped(std::string_view first, std::string_view text, std::size_t indent,
                    const TextStyle& style);

/// A line of a report: `label` on the left side, `text` on the right; nothing when there is no text.
std::string field(std::string_view label, std::string_view text, const TextStyle& style);

/// The same for items, one a line and numbered from 1.
std::string numbered(std::string_view label, const std::vector<std::string_view>& items,
                     const TextStyle& style);

/// The last step before text leaves: a style without UTF-8 gets '?' for every character beyond ASCII.
std::string for_output(std::string text, const TextStyle& style);

}  // namespace rdpwatch::daemon
