#include "probes/wire/tpkt.h"

#include "probes/wire/byte_reader.h"
#include "probes/wire/byte_writer.h"
#include "probes/wire/constants.h"

namespace rdpwatch::wire {

std::expected<std::size_t, DecodeError> tpkt_length(std::span<const std::uint8_t> bytes) {
  if (!bytes.empty() && bytes.front() != kTpktVersion) return std::unexpected{DecodeError::UnexpectedType};
  ByteReader in{bytes};
  in.skip(2);
  const std::size_t length = in.u16_be();
  if (in.truncated()) return std::unexpected{DecodeError::Truncated};
  constexpr std::size_t kSmallestTpdu = 3;
  if (length < kTpktHeaderBytes + kSmallestTpdu) return std::unexpected{DecodeError::BadLength};
  return length;
}

std::vector<std::uint8_t> encode_tpkt(std::span<const std::uint8_t> tpdu) {
  ByteWriter out;
  out.u8(kTpktVersion).u8(0).u16_be(static_cast<std::uint16_t>(kTpktHeaderBytes + tpdu.size())).bytes(tpdu);
  return std::move(out).take();
}

}  // namespace rdpwatch::wire
