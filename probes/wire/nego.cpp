#include "probes/wire/nego.h"

#include "probes/wire/byte_reader.h"

namespace rdpwatch::wire {

void encode(ByteWriter& out, const NegRequest& request) {
  out.u8(kNegRequest).u8(request.flags).u16_le(kNegDataBytes).u32_le(request.protocols);
}

std::expected<NegReply, DecodeError> decode_neg_reply(std::span<const std::uint8_t> bytes) {
  ByteReader in{bytes};
  const auto type = in.u8();
  const auto flags = in.u8();
  const auto length = in.u16_le();
  const auto value = in.u32_le();
  if (in.truncated()) return std::unexpected{DecodeError::Truncated};
  if (type != kNegResponse && type != kNegFailure) return std::unexpected{DecodeError::UnexpectedType};
  if (length != kNegDataBytes || !in.rest().empty()) return std::unexpected{DecodeError::BadLength};
  if (type == kNegResponse) return NegResponse{flags, value};
  return NegFailure{NegFailureCode{value}};
}

std::string_view name_of(NegFailureCode code) {
  switch (code) {
    case NegFailureCode::SslRequiredByServer: return "SSL_REQUIRED_BY_SERVER";
    case NegFailureCode::SslNotAllowedByServer: return "SSL_NOT_ALLOWED_BY_SERVER";
    case NegFailureCode::SslCertNotOnServer: return "SSL_CERT_NOT_ON_SERVER";
    case NegFailureCode::InconsistentFlags: return "INCONSISTENT_FLAGS";
    case NegFailureCode::HybridRequiredByServer: return "HYBRID_REQUIRED_BY_SERVER";
    case NegFailureCode::SslWithUserAuthRequiredByServer: return "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER";
  }
  return "";
}

std::string_view name_of(SecurityProtocol protocol) {
  switch (protocol) {
    case SecurityProtocol::Rdp: return "RDP";
    case SecurityProtocol::Ssl: return "TLS";
    case SecurityProtocol::Hybrid: return "CredSSP";
    case SecurityProtocol::Rdstls: return "RDSTLS";
    case SecurityProtocol::HybridEx: return "CredSSP with early user authorization";
    case SecurityProtocol::RdsAad: return "RDS AAD";
  }
  return "";
}

}  // namespace rdpwatch::wire
