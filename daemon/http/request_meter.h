#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include <http_parser.h>

namespace rdpwatch::daemon::http {

/// How large the parts of a request may be, in bytes as they are sent.
struct RequestLimits {
  std::size_t header_bytes = 8 * 1024;
  std::size_t post_bytes = 64 * 1024;  ///< body of a POST, and what frames it
  std::size_t body_bytes = 1024;       ///< body of any other request, which no door looks at
};

/// Follows the bytes of one connection's requests as they come, and says when a header or a body becomes
/// larger than it may be: RESTinio tells nobody which of them it was. What is no HTTP it leaves to RESTinio.
class RequestMeter {
 public:
  enum class Verdict : std::uint8_t { Fits, HeaderTooLarge, BodyTooLarge };

  explicit RequestMeter(const RequestLimits& limits = {});

  /// What came next, at most room() bytes.
  Verdict take(std::string_view bytes);
  /// How much may come next, so that a header is refused at its first byte too many.
  std::size_t room() const;
  /// Of the request that is coming.
  std::size_t body_limit() const;
  /// A part of a request has come, and not just empty lines, which old clients send behind a body.
  bool mid_request() const { return begun_; }

 private:
  static const http_parser_settings& settings();
  Verdict verdict() const;

  RequestLimits limits_;
  http_parser parser_{};
  bool begun_ = false;      ///< with more than empty lines
  std::size_t taken_ = 0;   ///< bytes of the request that is coming, and of empty lines before it
  std::size_t header_ = 0;  ///< bytes of its header; 0: that has not ended
  enum class Stop : std::uint8_t { None, EndOfHeader, EndOfRequest } stop_ = Stop::None;
};

}  // namespace rdpwatch::daemon::http
