#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/diagnostic.h"
#include "config/files.h"

namespace rdpwatch::config {

/// Fetches the body of one of `target_urls` (Prometheus http_sd), or says which and why not. Called while
/// loading, off the event loop; the daemon passes one that caches the last good answer.
using FetchUrl = std::function<std::expected<std::string, std::string>(const std::string& url)>;

struct LoadOptions {
  FetchUrl fetch{};    ///< empty: target_urls are validated, their lists left out
  FileAccess files{};  ///< what may be read
  std::chrono::system_clock::time_point now =
      std::chrono::system_clock::now();     ///< what dates are compared with
  std::filesystem::path web_config_file{};  ///< takes the place of web.config_file; empty: as the file says
  std::vector<std::string> listen{};        ///< takes the place of `listen`; empty: as the file says
};

struct LoadResult {
  std::shared_ptr<const Config> config{};  ///< nullptr when there is any error
  std::vector<Diagnostic> diagnostics{};   ///< errors and warnings of all files, sorted
};

/// Reads the file, everything that it includes and all target lists; finds all errors of all files in one
/// run. Throws nothing; an unreadable file is a diagnostic. Slow for long lists (tens of microseconds a
/// target): call it off the event loop.
LoadResult load(const std::filesystem::path& file, const LoadOptions& options = {});

/// What external_url is unless it is configured: the first address listened on, by the scheme that it speaks.
std::string default_external_url(const Config& config);

/// A Config for targets named on a command line, "host", "host:port", "[v6]:port", with the default module.
LoadResult from_arguments(const std::vector<std::string>& targets);

/// The effective configuration as YAML, secrets masked: what GET /config answers. For long lists also in
/// pieces that make up the same text: all but the targets, then each of them.
std::string to_yaml(const Config& config);
std::string settings_yaml(const Config& config);
std::string target_yaml(const Target& target, const Config& config);

/// The JSON Schema (draft 2020-12) of rdpwatch.yaml, generated from the same description that the loader
/// walks.
std::string json_schema();

}  // namespace rdpwatch::config
