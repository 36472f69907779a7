#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace rdpwatch::config {

/// One thing wrong with one place of one file.
struct Diagnostic {
  enum class Level : std::uint8_t { Error, Warning };

  std::string file{};  ///< as the user named it
  int line = 0;        ///< from 1; 0: the file as a whole
  int column = 0;      ///< from 1
  Level level = Level::Error;
  std::string text{};         ///< starts lower case, no full stop
  std::string path{};         ///< "modules.login.depth", "targets[3].port"
  std::string source_line{};  ///< the line itself, tabs kept
  std::string expected{};     ///< what would have been right; empty when the text says it all
  std::string suggestion{};   ///< the nearest valid name; empty for none

  auto operator<=>(const Diagnostic&) const = default;
};

/// For people: `file:line:col: error: text`, path, source line, caret, expectation, suggestion; sorted by
/// place.
std::string to_text(std::span<const Diagnostic> diagnostics);

/// For machines: one JSON array of objects with the member names of Diagnostic.
std::string to_json(std::span<const Diagnostic> diagnostics);

}  // namespace rdpwatch::config
