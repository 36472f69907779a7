#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <map>
#include <mutex>
#include <stop_token>
#include <string>
#include <vector>

/// Target lists over HTTP (Prometheus http_sd), by libcurl.
namespace rdpwatch::daemon {

struct FetchOptions {
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds timeout{30'000};      ///< for the whole transfer, redirects included
  std::size_t max_bytes = std::size_t{64} << 20;  ///< after decompression
  long max_redirects = 5;
  std::string user_agent = "rdpwatch";
};

/// GETs `url`, which must be http or https, and gives the body of a 200 answer. Blocks: for a background
/// thread; returns within a second of a stop request. Certificates are verified against the system's store; a
/// redirect may not leave https once there. Proxies come from the environment, as curl has them. The error is
/// one line that starts with the URL, without its user name and password.
std::expected<std::string, std::string> fetch(const std::string& url, const FetchOptions& options = {},
                                              std::stop_token stop = {});

/// Fetches, and falls back on the last good body of a URL: a list server that is down changes nothing.
/// Safe for use from several threads.
class CachedFetcher {
 public:
  explicit CachedFetcher(FetchOptions options = {}, std::stop_token stop = {});

  /// The fetched body, or the last good one; the error only when there has never been one.
  std::expected<std::string, std::string> operator()(const std::string& url);

  /// What went wrong in the last fetch of each URL whose last fetch failed.
  std::map<std::string, std::string> errors() const;

  /// Forgets every other URL.
  void keep_only(const std::vector<std::string>& urls);

 private:
  FetchOptions options_;
  std::stop_token stop_;
  mutable std::mutex mutex_{};
  std::map<std::string, std::string> bodies_{};
  std::map<std::string, std::string> errors_{};
};

}  // namespace rdpwatch::daemon
