#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace rdpwatch::wire {

/// Cursor over bytes from an untrusted peer. A read past the end yields zero (or an empty span) and latches
/// truncated(): decode a whole structure, test truncated() once, only then use the values.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> bytes) noexcept : rest_{bytes} {}

  bool truncated() const noexcept { return truncated_; }
  std::span<const std::uint8_t> rest() const noexcept { return rest_; }

  std::uint8_t u8() noexcept { return static_cast<std::uint8_t>(little_endian(1)); }
  std::uint16_t u16_le() noexcept { return static_cast<std::uint16_t>(little_endian(2)); }
  std::uint32_t u32_le() noexcept { return static_cast<std::uint32_t>(little_endian(4)); }
  std::uint64_t u64_le() noexcept { return little_endian(8); }
  std::uint16_t u16_be() noexcept {
    const auto high = u8();
    return static_cast<std::uint16_t>(high << 8 | u8());
  }

  /// The next `size` bytes; empty and truncated when there are fewer.
  std::span<const std::uint8_t> bytes(std::size_t size) noexcept {
    truncated_ = truncated_ || rest_.size() < size;
    if (truncated_) return {};
    const auto taken = rest_.first(size);
    rest_ = rest_.subspan(size);
    return taken;
  }
  void skip(std::size_t size) noexcept { bytes(size); }

 private:
  std::uint64_t little_endian(std::size_t width) noexcept {
    const auto taken = bytes(width);
    std::uint64_t value = 0;
    for (auto i = taken.size(); 0 < i; --i) value = value << 8 | taken[i - 1];
    return value;
  }

  std::span<const std::uint8_t> rest_;
  bool truncated_ = false;
};

}  // namespace rdpwatch::wire
