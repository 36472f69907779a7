#include "probes/wire/icmp_echo.h"

#include <cstddef>
#include <utility>

#include "probes/wire/byte_reader.h"
#include "probes/wire/byte_writer.h"

namespace rdpwatch::wire {
namespace {

constexpr std::uint8_t kRequest4 = 8, kReply4 = 0, kRequest6 = 128, kReply6 = 129;
constexpr std::size_t kChecksumAt = 2;

/// RFC 1071, over an even number of bytes.
std::uint16_t checksum(std::span<const std::uint8_t> bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
    sum += static_cast<std::uint32_t>(bytes[i] << 8 | bytes[i + 1]);
  while (sum >> 16 != 0) sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

std::optional<EchoId> decode(std::uint8_t wanted, std::span<const std::uint8_t> message) {
  ByteReader in{message};
  const auto type = in.u8();
  const auto code = in.u8();
  in.skip(2);
  const EchoId echo{in.u16_be(), in.u16_be()};
  if (in.truncated() || type != wanted || code != 0) return std::nullopt;
  return echo;
}

}  // namespace

std::vector<std::uint8_t> encode_echo_request(bool v6, EchoId echo) {
  ByteWriter out;
  out.u8(v6 ? kRequest6 : kRequest4).u8(0).u16_be(0).u16_be(echo.id).u16_be(echo.sequence);
  auto bytes = std::move(out.text("rdpwatch")).take();
  if (v6) return bytes;
  const auto sum = checksum(bytes);
  bytes[kChecksumAt] = static_cast<std::uint8_t>(sum >> 8);
  bytes[kChecksumAt + 1] = static_cast<std::uint8_t>(sum);
  return bytes;
}

std::optional<EchoId> decode_echo_request(bool v6, std::span<const std::uint8_t> message) {
  return decode(v6 ? kRequest6 : kRequest4, message);
}

std::optional<EchoId> decode_echo_reply(bool v6, std::span<const std::uint8_t> message) {
  return decode(v6 ? kReply6 : kReply4, message);
}

std::optional<std::span<const std::uint8_t>> without_ip_header(std::span<const std::uint8_t> packet) {
  if (packet.empty() || packet.front() >> 4 != 4) return std::nullopt;
  const auto size = static_cast<std::size_t>(packet.front() & 15) * 4;
  if (size < 20 || packet.size() < size) return std::nullopt;
  return packet.subspan(size);
}

}  // namespace rdpwatch::wire
