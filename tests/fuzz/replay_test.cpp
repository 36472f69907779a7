#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "tests/fuzz/entries.h"
#include "tests/support/hex.h"

namespace {

namespace fuzz = rdpwatch::fuzz;
using rdpwatch::test::Bytes;

Bytes content(const std::string& file) {
  if (file.ends_with(".hex")) return rdpwatch::test::hex_file(file);
  const auto text = rdpwatch::test::text_file(file);
  return {text.begin(), text.end()};
}

/// Runs the files of a folder through a target: bytes in hex, or configurations as they are.
int replay(const fuzz::Target& target, const std::string& folder) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator{RDPWATCH_SOURCE_DIR "/" + folder}) {
    const auto name = entry.path().filename().string();
    if (!entry.is_regular_file() || !(name.ends_with(".hex") || name.ends_with(".yaml"))) continue;
    CAPTURE(name);
    target.run(content(folder + "/" + name));
    ++files;
  }
  return files;
}

}  // namespace

TEST_CASE("fuzz: every target holds its invariants on its own corpus") {
  for (const auto& target : fuzz::kTargets) {
    CAPTURE(target.name);
    CHECK(0 < replay(target, "tests/corpus/" + std::string{target.name}));
  }
}

TEST_CASE("fuzz: every target holds its invariants on every vector, capture and example of a configuration") {
  for (const auto& target : fuzz::kTargets) {
    CAPTURE(target.name);
    for (const char* folder : {"tests/vectors", "tests/corpus/captures", "tests/config/good",
                               "tests/config/bad", "tests/config/warned", "config"})
      CHECK(0 < replay(target, folder));
  }
}
