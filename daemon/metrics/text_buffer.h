#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

namespace rdpwatch::daemon::metrics {

/// Bytes of a page under construction. Unlike std::string it hands out raw room, so that a series is written
/// with one bounds check; it keeps its memory over clear().
class TextBuffer {
 public:
  std::string_view view() const { return {data_.get(), size_}; }
  char* data() { return data_.get(); }
  std::size_t size() const { return size_; }
  void clear() { size_ = 0; }
  void truncate(std::size_t size) { size_ = size; }

  /// Room for `bytes` more at the end; commit() says how much of it was used.
  char* room(std::size_t bytes) {
    if (capacity_ - size_ < bytes) grow(bytes);
    return data_.get() + size_;
  }
  void commit(const char* end) { size_ = static_cast<std::size_t>(end - data_.get()); }

  void append(std::string_view text);
  void append(char c);
  /// Puts `text` before the bytes that begin at `position`.
  void insert(std::size_t position, std::string_view text);

 private:
  void grow(std::size_t bytes);

  std::unique_ptr<char[]> data_{};
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// Writes `text` at `out`, which has room for it, and returns the end.
inline char* write_text(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

/// How far write_fast() may read and write behind the end of a text.
inline constexpr std::size_t kCopySlack = 32;

/// write_text() for texts of a few dozen bytes: copies whole steps of kCopySlack without a call. Up to
/// kCopySlack - 1 bytes behind `text` are read and behind the returned end are written.
inline char* write_fast(char* out, std::string_view text) {
  for (std::size_t done = 0; done < text.size(); done += kCopySlack)
    std::memcpy(out + done, text.data() + done, kCopySlack);
  return out + text.size();
}

/// A number never needs more than this.
inline constexpr std::size_t kNumberBytes = 32;

/// Each writes at `out`, which has kNumberBytes of room, and returns the end.
char* write_integer(char* out, std::int64_t value);
/// The shortest text that reads back as the same double; integers without a fraction; +Inf, -Inf, NaN.
char* write_real(char* out, double value);
/// Seconds as an exact decimal, without trailing zeros.
char* write_seconds(char* out, std::chrono::nanoseconds value);

/// `value` with backslash, double quote and newline escaped, as label values are in both formats. `out` has
/// room for twice its size.
char* write_escaped(char* out, std::string_view value);

/// name="value", escaped.
std::string label_text(std::string_view name, std::string_view value);

std::string real_text(double value);

}  // namespace rdpwatch::daemon::metrics
