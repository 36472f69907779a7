#include "daemon/http/request_meter.h"

#include <limits>

namespace rdpwatch::daemon::http {

RequestMeter::RequestMeter(const RequestLimits& limits) : limits_{limits} {
  http_parser_init(&parser_, HTTP_REQUEST);
}

/// Stops where a header or a request ends, so that its bytes are counted apart from those that follow.
const http_parser_settings& RequestMeter::settings() {
  static const http_parser_settings made = [] {
    http_parser_settings stopping{};
    stopping.on_headers_complete = [](http_parser* parser) {
      static_cast<RequestMeter*>(parser->data)->stop_ = Stop::EndOfHeader;
      http_parser_pause(parser, 1);
      return 0;
    };
    stopping.on_message_complete = [](http_parser* parser) {
      static_cast<RequestMeter*>(parser->data)->stop_ = Stop::EndOfRequest;
      http_parser_pause(parser, 1);
      return 0;
    };
    return stopping;
  }();
  return made;
}

RequestMeter::Verdict RequestMeter::take(std::string_view bytes) {
  parser_.data = this;
  while (!bytes.empty()) {
    stop_ = Stop::None;
    std::size_t size = http_parser_execute(&parser_, &settings(), bytes.data(), bytes.size());
    if (stop_ == Stop::None) size = bytes.size();  // whatever it was that the parser did not like
    taken_ += size;
    begun_ = begun_ || bytes.substr(0, size).find_first_not_of("\r\n") != std::string_view::npos;
    bytes.remove_prefix(size);
    if (stop_ != Stop::None) http_parser_pause(&parser_, 0);
    if (stop_ == Stop::EndOfHeader) header_ = taken_ + 1;  // its last line feed comes next
    if (const Verdict reached = verdict(); reached != Verdict::Fits) return reached;
    if (stop_ != Stop::EndOfRequest) continue;
    taken_ = header_ = 0;
    begun_ = false;
  }
  return Verdict::Fits;
}

RequestMeter::Verdict RequestMeter::verdict() const {
  if (limits_.header_bytes < (header_ == 0 ? taken_ : header_)) return Verdict::HeaderTooLarge;
  if (header_ == 0) return Verdict::Fits;
  constexpr auto kNoLength = std::numeric_limits<std::uint64_t>::max();  // it comes in chunks, or is none
  const bool announced = parser_.content_length != kNoLength && body_limit() < parser_.content_length;
  return announced || header_ + body_limit() < taken_ ? Verdict::BodyTooLarge : Verdict::Fits;
}

std::size_t RequestMeter::room() const {
  return (header_ == 0 ? limits_.header_bytes : header_ + body_limit()) + 1 - taken_;
}

std::size_t RequestMeter::body_limit() const {
  return parser_.method == HTTP_POST ? limits_.post_bytes : limits_.body_bytes;
}

}  // namespace rdpwatch::daemon::http
