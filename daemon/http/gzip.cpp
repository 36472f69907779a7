#include "daemon/http/gzip.h"

#include <algorithm>
#include <new>
#include <stdexcept>

#include <zlib.h>

namespace rdpwatch::daemon::http {
namespace {

class Gzip final : public BodySource {
 public:
  explicit Gzip(std::unique_ptr<BodySource> plain) : plain_{std::move(plain)} {
    constexpr int kLevel = 1;
    constexpr int kGzipWindow = 15 + 16;  // 16 asks zlib for the gzip frame
    constexpr int kMemory = 8;
    if (deflateInit2(&zlib_, kLevel, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc{};
  }
  ~Gzip() override { deflateEnd(&zlib_); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  bool next(metrics::TextBuffer& out) override {
    slice_.clear();
    const bool more = plain_->next(slice_);
    zlib_.next_in = reinterpret_cast<Bytef*>(slice_.data());
    zlib_.avail_in = static_cast<uInt>(slice_.size());
    deflate_into(out, more ? Z_NO_FLUSH : Z_FINISH);
    return more;
  }

 private:
  void deflate_into(metrics::TextBuffer& out, int flush) {
    constexpr std::size_t kRoom = 16 * 1024;
    do {
      zlib_.next_out = reinterpret_cast<Bytef*>(out.room(kRoom));
      zlib_.avail_out = kRoom;
      if (deflate(&zlib_, flush) == Z_STREAM_ERROR) throw std::logic_error{"zlib lost its state"};
      out.commit(reinterpret_cast<const char*>(zlib_.next_out));
    } while (zlib_.avail_out == 0);
  }

  std::unique_ptr<BodySource> plain_;
  metrics::TextBuffer slice_{};
  z_stream zlib_{};
};

class Whole final : public BodySource {
 public:
  explicit Whole(std::string text) : text_{std::move(text)} {}

  bool next(metrics::TextBuffer& out) override {
    constexpr std::size_t kSlice = 64 * 1024;
    const std::string_view rest = std::string_view{text_}.substr(sent_);
    out.append(rest.substr(0, kSlice));
    sent_ += std::min(kSlice, rest.size());
    return sent_ < text_.size();
  }

 private:
  std::string text_;
  std::size_t sent_ = 0;
};

}  // namespace

std::unique_ptr<BodySource> gzip(std::unique_ptr<BodySource> plain) {
  return std::make_unique<Gzip>(std::move(plain));
}

std::unique_ptr<BodySource> body_of(std::string text) { return std::make_unique<Whole>(std::move(text)); }

}  // namespace rdpwatch::daemon::http
