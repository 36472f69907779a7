// How an answer is cut into pieces for its client, and what its header says of it.
#include "daemon/http/transmission.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

using namespace rdpwatch::daemon::http;

namespace {

/// What came out of one answer.
struct Sent {
  std::vector<std::string> pieces{};
  bool kept = false;  ///< the connection, for another request
  std::string header{};
  std::string body{};
};

/// Sends `body`, which is no stream, to a client that takes everything at once.
Sent send_whole(std::string body, Framing framing) {
  Sent sent;
  Wire wire{[&sent](std::string_view bytes, bool, bool keep, const std::function<void(bool)>& done) {
    sent.pieces.emplace_back(bytes);
    sent.kept = keep;
    done(true);
  }};
  Response response;
  response.body = std::move(body);
  asio::io_context io{1};
  transmit(io, std::move(wire), std::move(response), framing, std::chrono::minutes{1});
  io.run();
  std::string all;
  for (const std::string& piece : sent.pieces) all += piece;
  const std::size_t end = all.find("\r\n\r\n") + 4;
  sent.header = all.substr(0, end);
  sent.body = all.substr(end);
  return sent;
}

bool has_line(const Sent& sent, const std::string& line) {
  return sent.header.find("\r\n" + line + "\r\n") != std::string::npos;
}

}  // namespace

TEST_CASE("transmission: a large body goes in slices and keeps its length") {
  std::string body(1'000'000, 'x');
  for (std::size_t i = 0; i < body.size(); i += 1000) body[i] = static_cast<char>('a' + i / 1000 % 26);
  for (const bool chunked : {true, false}) {
    CAPTURE(chunked);
    const Sent sent = send_whole(body, {.chunked = chunked});
    CHECK(std::ranges::max(sent.pieces, {}, &std::string::size).size() <= 65 * 1024);
    CHECK(has_line(sent, "Content-Length: 1000000"));
    CHECK_FALSE(has_line(sent, "Transfer-Encoding: chunked"));
    CHECK(sent.kept);
    CHECK(sent.body == body);
  }
}

TEST_CASE("transmission: a small body goes with its header") {
  for (const std::size_t size : {0U, 1U, 60'000U}) {
    CAPTURE(size);
    const Sent sent = send_whole(std::string(size, 'x'), {});
    CHECK(sent.pieces.size() == 1);
    CHECK(has_line(sent, "Content-Length: " + std::to_string(size)));
    CHECK(sent.body.size() == size);
  }
}

TEST_CASE("transmission: HEAD has the length of the body and no body") {
  const Sent sent = send_whole(std::string(200'000, 'x'), {.head = true});
  CHECK(has_line(sent, "Content-Length: 200000"));
  CHECK(sent.body.empty());
  CHECK(sent.kept);
}

TEST_CASE("transmission: what is compressed on the way has no length, and comes in chunks") {
  const Sent sent = send_whole(std::string(200'000, 'x'), {.gzip = true});
  CHECK(sent.header.find("Content-Length") == std::string::npos);
  CHECK(has_line(sent, "Transfer-Encoding: chunked"));
  CHECK(has_line(sent, "Content-Encoding: gzip"));
  CHECK(sent.body.ends_with("\r\n0\r\n\r\n"));
  CHECK_FALSE(send_whole(std::string(200'000, 'x'), {.chunked = false, .gzip = true}).kept);
}
