#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "daemon/metrics/text_buffer.h"

namespace rdpwatch::daemon::http {

/// A body that is made while it is sent.
class BodySource {
 public:
  BodySource() = default;
  BodySource(const BodySource&) = delete;
  BodySource& operator=(const BodySource&) = delete;
  virtual ~BodySource() = default;

  /// Appends some more, tens of kilobytes at most, perhaps nothing. False after the last.
  virtual bool next(metrics::TextBuffer& out) = 0;
};

/// What the doors need to know of a request.
struct Request {
  std::string method{};  ///< "GET"
  std::string path{};    ///< as sent, still percent-encoded
  std::string query{};   ///< as sent, without the question mark
  std::string accept{};
  std::string accept_encoding{};
  std::string scrape_timeout{};  ///< X-Prometheus-Scrape-Timeout-Seconds
  std::string peer{};            ///< address of the client without its port, IPv4 always in its own form
  std::string authorization{};   ///< the header; no door sees it
  std::string user{};            ///< name that the client proved to have; empty when no users are configured
  std::string host{};
  std::string origin{};
  std::string sec_fetch_site{};
  std::string content_type{};
  std::string body{};
};

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  Headers headers{};
  std::string body{};
  std::unique_ptr<BodySource> stream{};  ///< takes the place of `body` when set
  bool audited = false;                  ///< the log says already what came of the request
};

/// One sentence for people, as text.
Response text_response(int status, std::string sentence);

/// Sets headers of an answer; those of the same name go, in whatever case they are written.
void set_headers(Response& response, const Headers& headers);

/// Takes the answer, at once or later, once. A copy may be kept and dropped unused: the client then sees the
/// connection end.
using Reply = std::function<void(Response)>;
using Handler = std::function<void(Request, Reply)>;

/// "404 Not Found"; the number alone for a status that we never send.
std::string status_line(int status);

}  // namespace rdpwatch::daemon::http
