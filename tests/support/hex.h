#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rdpwatch::test {

using Bytes = std::vector<std::uint8_t>;

/// "03 00 0013" -> bytes; blanks and new lines are dropped, `#` starts a comment until the end of the line.
/// Throws std::invalid_argument for anything else.
Bytes hex(std::string_view text);

/// A file of tests/vectors (or any path below the source folder) in the format above.
Bytes hex_file(const std::string& path_below_source_dir);

/// Whole text of a file below the source folder.
std::string text_file(const std::string& path_below_source_dir);

}  // namespace rdpwatch::test
