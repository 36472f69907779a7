#include "config/reader.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "probes/sanitize.h"

namespace rdpwatch::config {
namespace {

constexpr std::size_t kMaxSourceLine = 400;

std::string_view kind_name(const Node& node) {
  switch (node.kind) {
    case Node::Kind::Null: return "empty";
    case Node::Kind::Scalar: return "a single value";
    case Node::Kind::List: return "a list";
    case Node::Kind::Map: return "a mapping";
  }
  return "";
}

/// Byte column -> character column, both from 1.
int character_column(std::string_view line, std::size_t byte_column) {
  const auto before = line.substr(0, byte_column - 1);
  return 1 + static_cast<int>(std::ranges::count_if(before, [](char c) { return (c & 0xC0) != 0x80; }));
}

/// Fit for a terminal, whatever the file holds: control characters and broken bytes replaced, tabs kept.
std::string printable(std::string_view text) {
  constexpr std::size_t kPiece = kSanitizedBytes - 4;
  std::string out;
  while (!text.empty()) {
    if (text.front() == '\t') {
      out += '\t';
      text.remove_prefix(1);
      continue;
    }
    auto size = std::min({text.find('\t'), text.size(), kPiece});
    while (size < text.size() && 1 < size && (text[size] & 0xC0) == 0x80) --size;
    out += sanitize(text.substr(0, size));
    text.remove_prefix(size);
  }
  return out;
}

char lower(char c) { return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// Edits between two words: insert, delete, replace, swap of neighbours; letter case is free.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const bool same = lower(a[i - 1]) == lower(b[j - 1]);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0U : 1U)});
      const bool swapped =
          1 < i && 1 < j && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::string_view nearest(std::string_view word, const std::vector<std::string_view>& names) {
  const bool has_letter =
      std::ranges::any_of(word, [](char c) { return 'a' <= lower(c) && lower(c) <= 'z'; });
  if (!has_letter || 64 < word.size()) return {};
  std::string_view best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const auto name : names) {
    const auto distance = edit_distance(word, name);
    if (distance < best_distance) std::tie(best, best_distance) = std::pair{name, distance};
  }
  return best;
}

bool names_a_secret(std::string_view key) {
  static constexpr std::array<std::string_view, 7> kNames{"password", "passwd",       "passphrase", "secret",
                                                          "token",    "bearer_token", "api_key"};
  return std::ranges::any_of(
      kNames, [key](std::string_view name) { return std::ranges::equal(key, name, {}, lower); });
}

std::string mask_secrets(std::string_view line) {
  // scheme://user:password@host
  for (auto at = line.find("://"); at != std::string_view::npos; at = line.find("://", at + 3)) {
    const auto authority = line.substr(at + 3, line.substr(at + 3).find_first_of("/ \"'"));
    const auto colon = authority.find(':');
    if (colon < authority.rfind('@') && authority.find('@') != std::string_view::npos)
      return mask_secrets(line.substr(0, at)) + std::string{line.substr(at, 3 + colon + 1)} + "***";
  }
  const auto is_word = [](char c) { return c == '_' || ('a' <= lower(c) && lower(c) <= 'z'); };
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (!is_word(line[i]) || (0 < i && is_word(line[i - 1]))) continue;
    std::size_t end = i;
    while (end < line.size() && is_word(line[end])) ++end;
    if (!names_a_secret(line.substr(i, end - i))) continue;
    auto colon = line.find_first_not_of("\"' ", end);
    if (colon != std::string_view::npos && line[colon] == ':')
      return std::string{line.substr(0, colon + 1)} + " ***";
  }
  return std::string{line};
}

void Reader::wrong_type(const Node& node, std::string expected) {
  error(node.place, "wrong type: this is " + std::string{kind_name(node)}, {std::move(expected), {}});
}

void Reader::unknown_key(const Node& key, const std::vector<std::string_view>& names) {
  if (!key.is_scalar() || (key.text == "<<" && !key.quoted)) return;  // the parser has said so
  if (names_a_secret(key.text))
    return error(
        key.place, "secrets do not stand in the configuration: \"" + key.text + "\"",
        {"the name of a file that holds it, or of a systemd credential, as password_file", "password_file"});
  std::string expected = "one of ";
  for (const auto name : names) expected += std::string{name} + (name == names.back() ? "" : ", ");
  error(key.place, "unknown key \"" + key.text + "\"",
        {std::move(expected), std::string{nearest(key.text, names)}});
}

Source& Reader::add_source(std::string name, std::filesystem::path directory) {
  auto& source = sources_.emplace_back();
  source.name = std::move(name);
  source.directory = std::move(directory);
  return source;
}

std::string Reader::describe(Place place) const {
  const auto& from = source(place);
  if (place.line == 0) return from.name;
  return from.name + ":" + std::to_string(place.line) + ":" +
         std::to_string(character_column(from.line(place.line), place.column));
}

std::string Reader::path() const {
  std::string text;
  for (const auto& step : path_) {
    if (const auto* index = std::get_if<std::size_t>(&step)) text += "[" + std::to_string(*index) + "]";
    else text += (text.empty() ? "" : ".") + std::string{std::get<std::string_view>(step)};
  }
  return text;
}

void Reader::add(Diagnostic::Level level, Place place, std::string_view text, Hint hint) {
  if (level == Diagnostic::Level::Error) {
    ++problem_count_;
    if (lower_errors_) level = Diagnostic::Level::Warning;
  }
  if (level == Diagnostic::Level::Error) ++error_count_;
  if (kMaxDiagnostics <= diagnostics_.size()) {
    ++dropped_;
    return;
  }
  const auto& from = source(place);
  Diagnostic diagnostic{.file = from.name,
                        .line = static_cast<int>(place.line),
                        .level = level,
                        .text = printable(text),
                        .path = printable(path()),
                        .expected = std::move(hint.expected),
                        .suggestion = std::move(hint.suggestion)};
  if (place.line != 0) {
    const auto line = from.line(place.line);
    diagnostic.column = character_column(line, place.column);
    diagnostic.source_line = printable(mask_secrets(from.shown_line(place.line).substr(0, kMaxSourceLine)));
  }
  diagnostics_.push_back(std::move(diagnostic));
}

std::vector<Diagnostic> Reader::take_diagnostics() {
  std::ranges::sort(diagnostics_);
  const auto repeated = std::ranges::unique(diagnostics_);
  diagnostics_.erase(repeated.begin(), repeated.end());
  if (0 < dropped_)
    diagnostics_.push_back({.file = sources_.front().name,
                            .level = 0 < error_count_ ? Diagnostic::Level::Error : Diagnostic::Level::Warning,
                            .text = std::to_string(dropped_) + " more messages are not shown"});
  return std::move(diagnostics_);
}

}  // namespace rdpwatch::config
