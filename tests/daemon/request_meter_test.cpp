// Where the parts of a request end, however its bytes are split, and which of them is too large.
#include "daemon/http/request_meter.h"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

using rdpwatch::daemon::http::RequestMeter;
using Verdict = RequestMeter::Verdict;

namespace {

constexpr rdpwatch::daemon::http::RequestLimits kSmall{.header_bytes = 60, .post_bytes = 20, .body_bytes = 5};

/// Feeds `bytes`, `step` at a time or as there is room.
Verdict feed(RequestMeter& meter, std::string_view bytes, std::size_t step) {
  while (!bytes.empty()) {
    const std::size_t size = std::min({step, meter.room(), bytes.size()});
    REQUIRE(0 < size);
    if (const auto verdict = meter.take(bytes.substr(0, size)); verdict != Verdict::Fits) return verdict;
    bytes.remove_prefix(size);
  }
  return Verdict::Fits;
}

Verdict verdict_of(const std::string& bytes, std::size_t step) {
  RequestMeter meter{kSmall};
  return feed(meter, bytes, step);
}

std::string post(std::size_t announced, std::size_t sent) {
  return "POST / HTTP/1.1\r\nContent-Length: " + std::to_string(announced) + "\r\n\r\n" +
         std::string(sent, 'x');
}

/// A header of `size` bytes.
std::string header(std::size_t size) {
  const std::string begin = "GET / HTTP/1.1\r\nX: ";
  return begin + std::string(size - begin.size() - 4, 'x') + "\r\n\r\n";
}

}  // namespace

TEST_CASE("request meter: each part has its limit, to the byte") {
  for (std::size_t step : {1U, 7U, 4096U}) {
    CAPTURE(step);
    CHECK(verdict_of(header(60), step) == Verdict::Fits);
    CHECK(verdict_of(header(61), step) == Verdict::HeaderTooLarge);
    CHECK(verdict_of("GET /" + std::string(100, 'x'), step) == Verdict::HeaderTooLarge);
    CHECK(verdict_of(post(20, 20), step) == Verdict::Fits);
    CHECK(verdict_of(post(21, 0), step) == Verdict::BodyTooLarge);
    CHECK(verdict_of("PUT / HTTP/1.1\r\nContent-Length: 6\r\n\r\n", step) == Verdict::BodyTooLarge);
    const std::string chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    CHECK(verdict_of(chunked + "5\r\nxxxxx\r\n0\r\n\r\n", step) == Verdict::Fits);
    CHECK(verdict_of(chunked + "5\r\nxxxxx\r\n5\r\nxxxxx\r\n0\r\n\r\n", step) == Verdict::BodyTooLarge);
    CHECK(verdict_of(chunked + "5;" + std::string(40, 'x'), step) == Verdict::BodyTooLarge);
  }
}

TEST_CASE("request meter: requests that follow each other are measured apart") {
  for (std::size_t step : {1U, 7U, 4096U}) {
    CAPTURE(step);
    RequestMeter meter{kSmall};
    CHECK_FALSE(meter.mid_request());
    for (int i = 0; i < 5; ++i) CHECK(feed(meter, post(20, 20) + header(60), step) == Verdict::Fits);
    CHECK_FALSE(meter.mid_request());
    CHECK(feed(meter, "GET", step) == Verdict::Fits);
    CHECK(meter.mid_request());
  }
}

TEST_CASE("request meter: empty lines begin no request, but count") {
  for (std::size_t step : {1U, 7U, 4096U}) {
    CAPTURE(step);
    RequestMeter meter{kSmall};
    CHECK(feed(meter, "\r\n" + header(40) + "\r\n\r\n", step) == Verdict::Fits);
    CHECK_FALSE(meter.mid_request());
    CHECK(feed(meter, "G", step) == Verdict::Fits);
    CHECK(meter.mid_request());
    CHECK(verdict_of(std::string(61, '\n'), step) == Verdict::HeaderTooLarge);
  }
}

TEST_CASE("request meter: what is no HTTP is not its business, but counts") {
  RequestMeter meter{kSmall};
  CHECK(feed(meter, "\x16\x03\x01\x02", 4) == Verdict::Fits);
  CHECK(meter.mid_request());
  CHECK(feed(meter, std::string(60, 'x'), 60) == Verdict::HeaderTooLarge);
}
