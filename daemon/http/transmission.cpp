#include "daemon/http/transmission.h"

#include <algorithm>
#include <exception>
#include <optional>

#include <asio/post.hpp>

#include "daemon/http/gzip.h"

namespace rdpwatch::daemon::http {
namespace {

constexpr std::size_t kWorthCompressing = 1024;

class Transmission : public std::enable_shared_from_this<Transmission> {
 public:
  Transmission(asio::io_context& io, Wire wire, Response response, Framing framing,
               std::chrono::milliseconds time_limit)
      : io_{io},
        wire_{std::move(wire)},
        response_{std::move(response)},
        framing_{framing},
        until_{std::chrono::steady_clock::now() + time_limit} {}

  void begin() {
    const bool compress = framing_.gzip && (response_.stream || kWorthCompressing < response_.body.size());
    if (!response_.stream) {
      if (!compress) length_ = response_.body.size();
      response_.stream = body_of(std::move(response_.body));
    }
    if (compress) {
      response_.stream = gzip(std::move(response_.stream));
      response_.headers.emplace_back("Content-Encoding", "gzip");
    }
    append_head();
    if (framing_.head) write(true);
    else next_slice();
  }

 private:
  bool is_chunked() const { return !length_ && framing_.chunked; }
  /// Without length and chunks, only the end of the connection tells the end of a body.
  bool keeps() const { return framing_.keep_alive && (length_ || framing_.chunked); }

  void append_head() {
    out_.append("HTTP/1.1 " + status_line(response_.status) + "\r\nContent-Type: " + response_.content_type +
                "\r\n");
    for (const auto& [name, value] : response_.headers) out_.append(name + ": " + value + "\r\n");
    out_.append("Vary: Accept, Accept-Encoding\r\n");
    const auto kept = std::ranges::any_of(response_.headers,
                                          [](const auto& header) { return header.first == "Cache-Control"; });
    if (!kept) out_.append("Cache-Control: no-store\r\n");
    if (is_chunked()) out_.append("Transfer-Encoding: chunked\r\n");
    if (length_) out_.append("Content-Length: " + std::to_string(*length_) + "\r\n");
    if (!keeps()) out_.append("Connection: close\r\n");
    out_.append("\r\n");
  }

  /// Puts the next slice behind what is in the buffer (the head, or nothing) and sends it.
  void next_slice() {
    if (until_ < std::chrono::steady_clock::now()) return abandon();
    constexpr std::string_view kSizeRoom = "00000000\r\n";
    const std::size_t begin = out_.size();
    if (is_chunked()) out_.append(kSizeRoom);
    const std::size_t body = out_.size();
    const bool more = response_.stream->next(out_);
    if (is_chunked()) end_chunk(begin, body, more);
    if (out_.size() == 0 && more) return post_next_slice();  // a compressor that still collects
    write(!more);
  }

  void end_chunk(std::size_t begin, std::size_t body, bool more) {
    const std::size_t size = out_.size() - body;
    if (size == 0) {
      out_.truncate(begin);
    } else {
      constexpr std::string_view kDigits = "0123456789abcdef";
      for (std::size_t i = 0; i < 8; ++i) out_.data()[begin + i] = kDigits[size >> (28 - 4 * i) & 15];
      out_.append("\r\n");
    }
    if (!more) out_.append("0\r\n\r\n");
  }

  void write(bool last) {
    wire_.write(out_.view(), last, keeps(), [self = shared_from_this(), last](bool ok) {
      if (!ok || last) return;
      self->out_.clear();
      self->post_next_slice();
    });
  }

  /// In a turn of its own, so that others get theirs between two slices.
  void post_next_slice() {
    asio::post(io_, [self = shared_from_this()] {
      try {
        self->next_slice();
      } catch (const std::exception&) {  // out of memory: this response ends, the daemon does not
        self->abandon();
      }
    });
  }

  /// Too slow: closes without the end of the body, so that nobody takes it for whole.
  void abandon() {
    out_.clear();
    wire_.write(out_.view(), true, false, [self = shared_from_this()](bool) {});
  }

  asio::io_context& io_;
  Wire wire_;
  Response response_;
  Framing framing_;
  std::chrono::steady_clock::time_point until_;
  std::optional<std::size_t> length_{};  ///< of the body as it is sent, when that is known before
  metrics::TextBuffer out_{};
};

}  // namespace

void transmit(asio::io_context& io, Wire wire, Response response, Framing framing,
              std::chrono::milliseconds time_limit) {
  std::make_shared<Transmission>(io, std::move(wire), std::move(response), framing, time_limit)->begin();
}

}  // namespace rdpwatch::daemon::http
