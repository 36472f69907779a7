#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace rdpwatch::config {

/// Whole content of a regular file of at most kMaxFileBytes, or why not ("no such file", "is a directory").
inline constexpr std::size_t kMaxFileBytes = 64 << 20;
std::expected<std::string, std::string> read_file(const std::filesystem::path& path);

/// Absolute and without dots; relative ones count from the current folder. "" is the current folder.
std::filesystem::path normal_path(const std::filesystem::path& path);

/// Files that match a shell pattern, sorted by name.
std::vector<std::filesystem::path> match_files(const std::filesystem::path& pattern);
bool has_wildcard(std::string_view pattern);

/// How the loader reaches files: through the file system, or as a caller says, who may hold them in memory.
struct FileAccess {
  std::function<std::expected<std::string, std::string>(const std::filesystem::path&)> read = read_file;
  std::function<std::vector<std::filesystem::path>(const std::filesystem::path&)> match = match_files;
};

/// Empty when the text holds at least one PEM certificate and all of them are readable, else what is wrong.
std::string trust_store_fault(std::string_view pem);

/// Lower-case hex SHA-256.
std::string sha256_hex(const std::vector<std::string_view>& texts);

}  // namespace rdpwatch::config
