#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <stdlib.h>

namespace rdpwatch::test {

/// A folder of its own for one test, removed at its end.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "rdpwatch-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::filesystem::path path(std::string_view name = {}) const { return path_ / name; }

  /// Replaces the file in one step, as careful editors do.
  void write(std::string_view name, std::string_view text) const {
    const auto half = path(std::string{name} + ".new");
    std::filesystem::create_directories(half.parent_path());
    std::ofstream{half} << text;
    std::filesystem::rename(half, path(name));
  }

 private:
  std::filesystem::path path_;
};

}  // namespace rdpwatch::test
