#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>
#include <unistd.h>

#include "config/load.h"
#include "tests/support/hex.h"

using namespace rdpwatch;

namespace {

/// The folder becomes the current one, so that messages name files as a user would.
class InFolder {
 public:
  explicit InFolder(const char* below_source) : before_{std::filesystem::current_path()} {
    std::filesystem::current_path(std::filesystem::path{RDPWATCH_SOURCE_DIR} / below_source);
  }
  ~InFolder() { std::filesystem::current_path(before_); }
  InFolder(const InFolder&) = delete;
  InFolder& operator=(const InFolder&) = delete;

 private:
  std::filesystem::path before_;
};

std::vector<std::filesystem::path> files_with(const char* extension) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator{"."})
    if (entry.path().extension() == extension) files.push_back(entry.path().filename());
  std::ranges::sort(files);
  return files;
}

/// RDPWATCH_RECORD=1 writes the messages instead of comparing them; read them before you commit them.
void compare_messages(const std::string& folder, std::filesystem::path file,
                      const config::LoadResult& result) {
  const auto messages = config::to_text(result.diagnostics);
  file.replace_extension(".txt");
  if (std::getenv("RDPWATCH_RECORD") != nullptr) std::ofstream{file} << messages;
  REQUIRE(std::filesystem::exists(file));
  CHECK(messages == test::text_file(folder + "/" + file.string()));
}

}  // namespace

TEST_CASE("configuration: each bad file gets its messages, word for word") {
  const InFolder folder{"tests/config/bad"};
  const auto files = files_with(".yaml");
  CHECK(40 < files.size());
  for (const auto& file : files) {
    CAPTURE(file.string());
    const auto result = config::load(file);
    CHECK(result.config == nullptr);
    compare_messages("tests/config/bad", file, result);
  }
}

TEST_CASE("configuration: each questionable file loads, with its warnings, word for word") {
  const InFolder folder{"tests/config/warned"};
  const auto files = files_with(".yaml");
  CHECK_FALSE(files.empty());
  for (const auto& file : files) {
    CAPTURE(file.string());
    const auto result = config::load(file);
    CHECK(result.config != nullptr);
    compare_messages("tests/config/warned", file, result);
  }
}

TEST_CASE("configuration: every expectation has its bad file") {
  for (const char* name : {"tests/config/bad", "tests/config/warned"}) {
    const InFolder folder{name};
    for (auto file : files_with(".txt")) {
      CAPTURE(file.string());
      CHECK(std::filesystem::exists(file.replace_extension(".yaml")));
    }
  }
}
