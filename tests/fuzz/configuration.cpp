#include <algorithm>
#include <array>
#include <string>

#include "config/load.h"
#include "tests/fuzz/entries.h"
#include "tests/fuzz/invariant.h"

namespace rdpwatch::fuzz {
namespace {

using File = std::expected<std::string, std::string>;

constexpr std::string_view kMain = "rdpwatch.yaml", kIncluded = "more.yaml", kList = "list.yaml";

/// The files of one input, in memory. Nothing else can be read.
class Documents {
 public:
  explicit Documents(Input input) {
    for (auto& text : texts_) {
      const auto end = std::ranges::find(input, std::uint8_t{0});
      text.assign(input.begin(), end);
      input = {end == input.end() ? end : end + 1, input.end()};
    }
  }
  explicit Documents(std::string main) { texts_[0] = std::move(main); }

  config::LoadResult load() const {
    return config::load(
        kMain,
        {.fetch = [this](const std::string&) -> File { return texts_[3]; },
         .files = {.read = [this](const auto& path) { return read(path); },
                   .match = [](const auto&) { return std::vector<std::filesystem::path>{kIncluded}; }}});
  }

 private:
  File read(const std::filesystem::path& path) const {
    const auto name = path.filename();
    if (name == kMain) return texts_[0];
    if (name == kIncluded) return texts_[1];
    if (name == kList) return texts_[2];
    return std::unexpected{std::string{"no such file"}};
  }
  std::array<std::string, 4> texts_{};  ///< main file, included file, target list, answer of every URL
};

/// Whether a range of hosts or many aliases make this input slow. What they may cost has tests of its own.
bool expands_far(Input input) {
  std::size_t ranges = 0, digits = 0;
  bool behind_dash = false;
  for (const auto byte : input) {
    const bool digit = '0' <= byte && byte <= '9';
    digits = digit && behind_dash ? digits + 1 : 0;
    if (digits == 1) ++ranges;
    if (digits == 3) return true;
    behind_dash = byte == '-' || (digit && behind_dash);
  }
  return 6 < ranges || 16 < std::ranges::count(input, '*');
}

void check(const config::Diagnostic& diagnostic) {
  invariant(!diagnostic.text.empty(), "a message says something");
  invariant(0 <= diagnostic.line && 0 <= diagnostic.column, "and where");
  for (const auto* text : {&diagnostic.text, &diagnostic.path, &diagnostic.source_line})
    invariant(
        std::ranges::none_of(*text, [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7F; }),
        "and can be shown on a terminal");
}

bool same_modules(const config::Config& a, const config::Config& b) {
  return std::ranges::equal(a.modules, b.modules, [](const auto& one, const auto& other) {
    return one.first == other.first && *one.second == *other.second;
  });
}

bool same_targets(const config::Config& a, const config::Config& b) {
  return std::ranges::equal(a.targets, b.targets,
                            [](const auto& one, const auto& other) { return *one == *other; });
}

}  // namespace

void configuration(Input input) {
  if (expands_far(input)) return;
  const auto result = Documents{input}.load();
  for (const auto& diagnostic : result.diagnostics) check(diagnostic);
  invariant(config::to_text(result.diagnostics).empty() == result.diagnostics.empty(),
            "messages have a text");
  const bool valid = std::ranges::none_of(result.diagnostics, [](const config::Diagnostic& diagnostic) {
    return diagnostic.level == config::Diagnostic::Level::Error;
  });
  invariant(valid == (result.config != nullptr), "there is a configuration, or there are errors");
  if (!result.config) return;
  invariant(result.config->modules.contains("default"), "there is always a default module");
  for (const auto& target : result.config->targets)
    invariant(target->module && !target->host.empty() && !target->id.empty(), "targets are whole");
  if (16 < result.config->targets.size()) return;
  const auto again = Documents{config::to_yaml(*result.config)}.load();
  invariant(again.config != nullptr,
            "what is in effect can be loaded:\n" + config::to_text(again.diagnostics));
  invariant(same_modules(*again.config, *result.config), "and gives the same modules");
  invariant(same_targets(*again.config, *result.config), "and the same targets");
}

}  // namespace rdpwatch::fuzz
