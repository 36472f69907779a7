#include "config/diagnostic.h"

#include <algorithm>
#include <vector>

#include <nlohmann/json.hpp>

namespace rdpwatch::config {
namespace {

std::string_view word(Diagnostic::Level level) {
  return level == Diagnostic::Level::Error ? "error" : "warning";
}

/// Blanks up to the character at `column` (from 1), tabs kept so that the caret lands below it.
std::string indent_to(const std::string& line, int column) {
  std::string indent;
  int at = 1;
  for (const char c : line) {
    if (column <= at) break;
    if ((c & 0xC0) == 0x80) continue;
    indent += c == '\t' ? '\t' : ' ';
    ++at;
  }
  return at == column ? indent : std::string{};
}

void append(std::string& out, const Diagnostic& diagnostic) {
  out += diagnostic.file + ":";
  if (0 < diagnostic.line)
    out += std::to_string(diagnostic.line) + ":" + std::to_string(diagnostic.column) + ":";
  out += " " + std::string{word(diagnostic.level)} + ": " + diagnostic.text + "\n";
  if (!diagnostic.path.empty()) out += "  at " + diagnostic.path + "\n";
  if (0 < diagnostic.line) {
    const auto number = std::to_string(diagnostic.line);
    const auto indent = indent_to(diagnostic.source_line, diagnostic.column);
    out += "  " + number + " | " + diagnostic.source_line + "\n";
    if (!indent.empty() || diagnostic.column == 1)
      out += "  " + std::string(number.size(), ' ') + " | " + indent + "^\n";
  }
  if (!diagnostic.expected.empty()) out += "  expected: " + diagnostic.expected + "\n";
  if (!diagnostic.suggestion.empty()) out += "  did you mean: " + diagnostic.suggestion + "\n";
}

}  // namespace

std::string to_text(std::span<const Diagnostic> diagnostics) {
  std::vector<Diagnostic> sorted{diagnostics.begin(), diagnostics.end()};
  std::ranges::stable_sort(sorted);
  std::string out;
  for (const auto& diagnostic : sorted) append(out, diagnostic);
  return out;
}

std::string to_json(std::span<const Diagnostic> diagnostics) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& diagnostic : diagnostics)
    list.push_back({{"file", diagnostic.file},
                    {"line", diagnostic.line},
                    {"column", diagnostic.column},
                    {"level", word(diagnostic.level)},
                    {"text", diagnostic.text},
                    {"path", diagnostic.path},
                    {"source_line", diagnostic.source_line},
                    {"expected", diagnostic.expected},
                    {"suggestion", diagnostic.suggestion}});
  return list.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace rdpwatch::config
