#include "tests/support/http_client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rdpwatch::test {
namespace {

constexpr std::chrono::milliseconds kPatience{10'000};

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool readable(int socket, std::chrono::milliseconds limit) {
  pollfd poll_for{socket, POLLIN, 0};
  return ::poll(&poll_for, 1, static_cast<int>(limit.count())) == 1;
}

}  // namespace

HttpClient::HttpClient(std::uint16_t port, int receive_buffer) : socket_{::socket(AF_INET, SOCK_STREAM, 0)} {
  if (receive_buffer != 0)
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error{"cannot connect"};
}

HttpClient::~HttpClient() {
  if (socket_ != -1) ::close(socket_);
}

HttpClient::HttpClient(HttpClient&& other) noexcept
    : socket_{std::exchange(other.socket_, -1)}, buffer_{std::move(other.buffer_)} {}

void HttpClient::send(std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string HttpClient::receive() {
  std::array<char, 65536> bytes{};
  if (!readable(socket_, kPatience)) throw std::runtime_error{"nothing came"};
  const ssize_t size = ::recv(socket_, bytes.data(), bytes.size(), 0);
  return {bytes.data(), size <= 0 ? 0 : static_cast<std::size_t>(size)};
}

bool HttpClient::take_some(std::size_t size) const {
  std::string bytes(size, '\0');
  const ssize_t taken = ::recv(socket_, bytes.data(), bytes.size(), MSG_DONTWAIT);
  return 0 < taken || (taken < 0 && errno == EAGAIN);
}

bool HttpClient::fill() {
  const std::string more = receive();
  buffer_ += more;
  return !more.empty();
}

bool HttpClient::ends(std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  while (std::chrono::steady_clock::now() < until) {
    if (!readable(socket_, limit)) return false;
    if (receive().empty()) return true;
  }
  return false;
}

std::optional<std::string> HttpClient::take_line() {
  std::size_t end = buffer_.find("\r\n");
  for (; end == std::string::npos; end = buffer_.find("\r\n"))
    if (!fill()) return std::nullopt;
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return line;
}

bool HttpClient::take_bytes(std::size_t size, std::string& out) {
  while (buffer_.size() < size)
    if (!fill()) return false;
  out.append(buffer_, 0, size);
  buffer_.erase(0, size);
  return true;
}

bool HttpClient::take_chunks(std::string& out) {
  for (;;) {
    const auto line = take_line();
    if (!line) return false;
    std::size_t size = 0;
    std::from_chars(line->data(), line->data() + line->size(), size, 16);
    if (!take_bytes(size, out)) return false;
    if (!take_line()) return false;
    if (size == 0) return true;
  }
}

HttpAnswer HttpClient::read_answer(bool head) {
  HttpAnswer answer;
  const auto status = take_line();
  if (!status) return answer;
  if (!status->starts_with("HTTP/1.1 ")) throw std::runtime_error{"no status line: " + *status};
  answer.status = std::stoi(status->substr(9));
  for (auto line = take_line(); line && !line->empty(); line = take_line()) {
    const std::size_t colon = line->find(": ");
    if (colon == std::string::npos) throw std::runtime_error{"no header: " + *line};
    answer.headers[lower(line->substr(0, colon))] = line->substr(colon + 2);
  }
  if (head) {
    answer.whole = true;
  } else if (answer.headers.contains("transfer-encoding")) {
    answer.whole = take_chunks(answer.body);
  } else if (answer.headers.contains("content-length")) {
    answer.whole = take_bytes(std::stoul(answer.headers["content-length"]), answer.body);
  } else {
    while (fill()) {
    }
    answer.body = std::exchange(buffer_, {});
    answer.whole = true;
  }
  return answer;
}

HttpAnswer http_request(std::uint16_t port, const std::string& method, const std::string& target,
                        const std::string& headers) {
  HttpClient client{port};
  client.send(method + " " + target + " HTTP/1.1\r\nHost: test\r\n" + headers + "\r\n");
  return client.read_answer(method == "HEAD");
}

}  // namespace rdpwatch::test
