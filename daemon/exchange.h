#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

/// One request over HTTP and its answer, by libcurl.
namespace rdpwatch::daemon {

struct HttpRequest {
  std::string url{};       ///< http or https
  std::string body{};      ///< not empty: a POST of JSON
  std::string username{};  ///< not empty: basic authentication
  std::string password{};
  std::string bearer_token{};         ///< not empty: sent as such
  std::filesystem::path ca_file{};    ///< empty: the system's store
  std::filesystem::path cert_file{};  ///< of the client; empty: none
  std::filesystem::path key_file{};   ///< empty: it stands in cert_file
  std::string proxy_url{};            ///< empty: as the environment says
  std::chrono::milliseconds connect_timeout{5'000};
  std::chrono::milliseconds timeout{30'000};  ///< for the whole exchange, redirects included
  std::size_t max_bytes = 64 << 10;           ///< of the answer, after decompression
  long max_redirects = 0;                     ///< 0: a redirect is an answer like any other
  std::string user_agent = "rdpwatch";
};

struct HttpAnswer {
  long status = 0;
  std::string body{};
  std::string content_type{};  ///< as it came; empty: none was given
};

/// Blocks, for a background thread; returns within a second of a stop request. The error is one line that
/// does not name the URL.
using Exchange = std::function<std::expected<HttpAnswer, std::string>(const HttpRequest&, std::stop_token)>;

/// An exchange that keeps its connections open from one request to the next. Certificates are verified; a
/// redirect may not leave https once there. Not for two threads at once.
Exchange make_exchange();

/// The URL as it may be shown: without user, password, query and fragment.
std::string shown_url(const std::string& url);

}  // namespace rdpwatch::daemon
