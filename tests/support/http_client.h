#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace rdpwatch::test {

struct HttpAnswer {
  int status = 0;                                ///< 0: the connection ended without an answer
  std::map<std::string, std::string> headers{};  ///< names in lower case
  std::string body{};
  bool whole = false;  ///< the body came to its end
};

/// A blocking HTTP client over a raw socket to 127.0.0.1, made to be able to misbehave. Every wait ends after
/// a few seconds.
class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port, int receive_buffer = 0);
  virtual ~HttpClient();
  HttpClient(HttpClient&& other) noexcept;
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  virtual void send(std::string_view bytes) const;
  HttpAnswer read_answer(bool head = false);
  /// Reads until the server ends the connection; false when it does not in time.
  bool ends(std::chrono::milliseconds limit = std::chrono::seconds{5});
  /// What is there now, at least one byte; nothing at the end.
  virtual std::string receive();
  /// Throws away what is there now, at most `size` bytes, without waiting. False at the end.
  bool take_some(std::size_t size) const;

 protected:
  int socket() const { return socket_; }

 private:
  bool fill();
  std::optional<std::string> take_line();
  bool take_bytes(std::size_t size, std::string& out);
  bool take_chunks(std::string& out);

  int socket_ = -1;
  std::string buffer_{};
};

/// One request on a connection of its own.
HttpAnswer http_request(std::uint16_t port, const std::string& method, const std::string& target,
                        const std::string& headers = {});
inline HttpAnswer http_get(std::uint16_t port, const std::string& target, const std::string& headers = {}) {
  return http_request(port, "GET", target, headers);
}

}  // namespace rdpwatch::test
