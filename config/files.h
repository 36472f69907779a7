#pragma once

#include <expected>
#include <filesystem>
#include <string>
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

/// Empty when the file holds at least one readable PEM certificate, else what is wrong with it.
std::string trust_store_fault(const std::filesystem::path& path);

/// Lower-case hex SHA-256.
std::string sha256_hex(const std::vector<std::string_view>& texts);

}  // namespace rdpwatch::config
