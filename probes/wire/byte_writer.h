#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace rdpwatch::wire {

/// Appends fields of a PDU that we send.
class ByteWriter {
 public:
  ByteWriter& u8(std::uint8_t value) { return little_endian(value, 1); }
  ByteWriter& u16_le(std::uint16_t value) { return little_endian(value, 2); }
  ByteWriter& u32_le(std::uint32_t value) { return little_endian(value, 4); }
  ByteWriter& u16_be(std::uint16_t value) {
    return u8(static_cast<std::uint8_t>(value >> 8)).u8(static_cast<std::uint8_t>(value));
  }
  ByteWriter& zeros(std::size_t count) {
    bytes_.insert(bytes_.end(), count, 0);
    return *this;
  }
  ByteWriter& bytes(std::span<const std::uint8_t> value) {
    bytes_.insert(bytes_.end(), value.begin(), value.end());
    return *this;
  }
  ByteWriter& text(std::string_view value) {
    bytes_.insert(bytes_.end(), value.begin(), value.end());
    return *this;
  }

  std::size_t size() const noexcept { return bytes_.size(); }
  std::vector<std::uint8_t> take() && { return std::move(bytes_); }

 private:
  ByteWriter& little_endian(std::uint32_t value, int width) {
    for (int i = 0; i < width; ++i) bytes_.push_back(static_cast<std::uint8_t>(value >> 8 * i));
    return *this;
  }

  std::vector<std::uint8_t> bytes_;
};

}  // namespace rdpwatch::wire
