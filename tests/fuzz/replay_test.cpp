#include <filesystem>
#include <string>

#include <doctest/doctest.h>

#include "tests/fuzz/entries.h"
#include "tests/support/hex.h"

namespace {

int replay(const rdpwatch::fuzz::Target& target, const std::string& folder, std::string_view suffix) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator{RDPWATCH_SOURCE_DIR "/" + folder}) {
    const auto name = entry.path().filename().string();
    if (!name.ends_with(suffix)) continue;
    CAPTURE(name);
    target.run(rdpwatch::test::hex_file(folder + "/" + name));
    ++files;
  }
  return files;
}

}  // namespace

TEST_CASE("fuzz: every target holds its invariants on its own corpus") {
  for (const auto& target : rdpwatch::fuzz::kTargets) {
    CAPTURE(target.name);
    CHECK(0 < replay(target, "tests/corpus/" + std::string{target.name}, ".hex"));
  }
}

TEST_CASE("fuzz: every target holds its invariants on every vector and capture") {
  for (const auto& target : rdpwatch::fuzz::kTargets) {
    CAPTURE(target.name);
    CHECK(0 < replay(target, "tests/vectors", ".hex"));
    CHECK(0 < replay(target, "tests/corpus/captures", ".hex"));
  }
}
