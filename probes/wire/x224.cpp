#include "probes/wire/x224.h"

#include "probes/wire/byte_reader.h"
#include "probes/wire/byte_writer.h"
#include "probes/wire/constants.h"
#include "probes/wire/tpkt.h"

namespace rdpwatch::wire {
namespace {

/// Code, both references, class: what every TPDU of connection set-up has behind its length indicator.
constexpr std::size_t kFixedPartBytes = 6;

std::string well_formed_cookie(std::string_view name) {
  std::string kept;
  for (const char c : name)
    if (0x20 < c && c < 0x7F && kept.size() < kMaxCookieName) kept += c;
  return kept;
}

std::optional<std::uint8_t> optional_u8(ByteReader& in) {
  const auto value = in.u8();
  return in.truncated() ? std::nullopt : std::optional{value};
}

std::expected<ServerTpdu, DecodeError> decode_confirm(ByteReader in) {
  in.skip(kFixedPartBytes - 1);
  if (in.truncated()) return std::unexpected{DecodeError::BadLength};
  if (in.rest().empty()) return ConnectionConfirm{};
  const auto reply = decode_neg_reply(in.rest());
  // The TPKT is complete: what its inside lacks will never come.
  if (!reply)
    return std::unexpected{reply.error() == DecodeError::Truncated ? DecodeError::BadLength : reply.error()};
  return ConnectionConfirm{*reply};
}

}  // namespace

std::vector<std::uint8_t> encode(const ConnectionRequest& request) {
  ByteWriter variable;
  if (const auto name = well_formed_cookie(request.cookie); !name.empty())
    variable.text("Cookie: mstshash=").text(name).text("\r\n");
  if (request.negotiation) encode(variable, *request.negotiation);

  ByteWriter tpdu;
  tpdu.u8(static_cast<std::uint8_t>(kFixedPartBytes + variable.size())).u8(kTpduConnectionRequest);
  tpdu.zeros(kFixedPartBytes - 1);  // destination, source, class 0
  tpdu.bytes(std::move(variable).take());
  return encode_tpkt(std::move(tpdu).take());
}

std::expected<TpduHead, DecodeError> decode_tpdu_head(std::span<const std::uint8_t> bytes) {
  const auto length = tpkt_length(bytes);
  if (!length) return std::unexpected{length.error()};
  if (kMaxConfirmBytes < *length) return std::unexpected{DecodeError::TooLong};
  ByteReader in{bytes};
  in.skip(kTpktHeaderBytes);
  const std::size_t indicator = in.u8();
  const auto code = static_cast<std::uint8_t>(in.u8() & 0xF0);
  if (in.truncated()) return std::unexpected{DecodeError::Truncated};
  if (code != kTpduConnectionConfirm && code != kTpduDisconnectRequest && code != kTpduError)
    return std::unexpected{DecodeError::UnexpectedType};
  if (kTpktHeaderBytes + 1 + indicator != *length) return std::unexpected{DecodeError::BadLength};
  return TpduHead{*length, code};
}

std::expected<ServerTpdu, DecodeError> decode_server_tpdu(std::span<const std::uint8_t> bytes) {
  const auto head = decode_tpdu_head(bytes);
  if (!head) return std::unexpected{head.error()};
  if (bytes.size() < head->length) return std::unexpected{DecodeError::Truncated};
  if (head->length < bytes.size()) return std::unexpected{DecodeError::BadLength};
  ByteReader in{bytes};
  in.skip(kTpktHeaderBytes + 2);
  if (head->code == kTpduConnectionConfirm) return decode_confirm(in);
  if (head->code == kTpduDisconnectRequest) {
    in.skip(4);  // destination, source
    return DisconnectTpdu{optional_u8(in)};
  }
  in.skip(2);  // destination
  return ErrorTpdu{optional_u8(in)};
}

}  // namespace rdpwatch::wire
