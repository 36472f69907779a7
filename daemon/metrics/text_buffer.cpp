#include "daemon/metrics/text_buffer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
namespace rdpwatch::daemon::metrics {
namespace {

bool needs_escape(char c) { return c == '\\' || c == '"' || c == '\n'; }

}  // namespace

void TextBuffer::grow(std::size_t bytes) {
  constexpr std::size_t kFirst = 4096;
  const std::size_t capacity = std::max({kFirst, capacity_ * 2, size_ + bytes});
  auto data = std::make_unique_for_overwrite<char[]>(capacity);
  if (size_ != 0) std::memcpy(data.get(), data_.get(), size_);
  data_ = std::move(data);
  capacity_ = capacity;
}

void TextBuffer::append(std::string_view text) {
  if (text.empty()) return;
  commit(write_text(room(text.size()), text));
}

void TextBuffer::append(char c) {
  char* out = room(1);
  *out = c;
  commit(out + 1);
}

void TextBuffer::insert(std::size_t position, std::string_view text) {
  room(text.size());
  char* at = data_.get() + position;
  std::memmove(at + text.size(), at, size_ - position);
  std::memcpy(at, text.data(), text.size());
  size_ += text.size();
}

char* write_integer(char* out, std::int64_t value) {
  return std::to_chars(out, out + kNumberBytes, value).ptr;
}

char* write_real(char* out, double value) {
  if (std::isnan(value)) return write_text(out, "NaN");
  if (std::isinf(value)) return write_text(out, value < 0 ? "-Inf" : "+Inf");
  constexpr double kExactIntegers = 9007199254740992.0;  // 2^53
  if (std::abs(value) < kExactIntegers && value == std::trunc(value))
    return write_integer(out, static_cast<std::int64_t>(value));
  return std::to_chars(out, out + kNumberBytes, value).ptr;
}

char* write_seconds(char* out, std::chrono::nanoseconds value) {
  constexpr std::uint64_t kPerSecond = 1'000'000'000;
  auto count = static_cast<std::uint64_t>(value.count());
  if (value.count() < 0) {
    *out++ = '-';
    count = 0 - count;  // in unsigned arithmetic: the lowest value has no positive counterpart
  }
  out = std::to_chars(out, out + kNumberBytes, count / kPerSecond).ptr;
  std::uint64_t fraction = count % kPerSecond;
  if (fraction == 0) return out;
  int digits = 9;
  for (; fraction % 10 == 0; fraction /= 10) --digits;
  *out++ = '.';
  for (int i = digits; 0 < i; --i, fraction /= 10) out[i - 1] = static_cast<char>('0' + fraction % 10);
  return out + digits;
}

char* write_escaped(char* out, std::string_view value) {
  for (const char c : value) {
    if (!needs_escape(c)) [[likely]] {
      *out++ = c;
      continue;
    }
    *out++ = '\\';
    *out++ = c == '\n' ? 'n' : c;
  }
  return out;
}

std::string label_text(std::string_view name, std::string_view value) {
  std::string text(name.size() + 3 + 2 * value.size(), '\0');
  char* out = write_text(text.data(), name);
  out = write_text(out, "=\"");
  out = write_escaped(out, value);
  *out++ = '"';
  text.resize(static_cast<std::size_t>(out - text.data()));
  text.shrink_to_fit();
  return text;
}

std::string real_text(double value) {
  std::array<char, kNumberBytes> text{};
  return {text.data(), write_real(text.data(), value)};
}

}  // namespace rdpwatch::daemon::metrics
