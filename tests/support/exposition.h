#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rdpwatch::test {

struct Sample {
  std::string name{};
  std::vector<std::pair<std::string, std::string>> labels{};  ///< unescaped, in the order of the page
  std::string value{};                                        ///< the rest of the line

  std::string label(std::string_view wanted) const;  ///< empty when absent
};

/// Every sample of a page in either format. Throws std::runtime_error at the first line that is none. Written
/// against the format documents, not against the writer.
std::vector<Sample> parse_exposition(std::string_view page);

/// What is wrong with a page beyond single lines: duplicate series, families or targets out of order, a
/// family in two places, repeated HELP or TYPE. Empty: nothing.
std::vector<std::string> page_defects(std::string_view page);

std::vector<Sample> samples_named(const std::vector<Sample>& samples, std::string_view name);

}  // namespace rdpwatch::test
