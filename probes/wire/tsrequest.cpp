#include "probes/wire/tsrequest.h"

#include <algorithm>
#include <limits>
#include <new>

#include <openssl/asn1t.h>

#include "probes/wire/asn1.h"
#include "probes/wire/byte_reader.h"
#include "probes/wire/constants.h"

// [MS-CSSP] 2.2.1 and 2.2.1.1 as OpenSSL's templates. The macros define structs and functions with C linkage
// and C casts, hence the pragmas; the names have a prefix because they are not in our namespace.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wunused-function"

struct RdpwatchNegoToken {
  ASN1_OCTET_STRING* token;
};
struct RdpwatchTsRequest {
  ASN1_INTEGER* version;
  STACK_OF(RdpwatchNegoToken) * nego_tokens;
  ASN1_OCTET_STRING* auth_info;
  ASN1_OCTET_STRING* pub_key_auth;
  ASN1_INTEGER* error_code;
  ASN1_OCTET_STRING* client_nonce;
};
DEFINE_STACK_OF(RdpwatchNegoToken)
DECLARE_ASN1_FUNCTIONS(RdpwatchNegoToken)
DECLARE_ASN1_FUNCTIONS(RdpwatchTsRequest)

// clang-format off
ASN1_SEQUENCE(RdpwatchNegoToken) = {
  ASN1_EXP(RdpwatchNegoToken, token, ASN1_OCTET_STRING, 0),
} ASN1_SEQUENCE_END(RdpwatchNegoToken)
IMPLEMENT_ASN1_FUNCTIONS(RdpwatchNegoToken)

ASN1_SEQUENCE(RdpwatchTsRequest) = {
  ASN1_EXP(RdpwatchTsRequest, version, ASN1_INTEGER, 0),
  ASN1_EXP_SEQUENCE_OF_OPT(RdpwatchTsRequest, nego_tokens, RdpwatchNegoToken, 1),
  ASN1_EXP_OPT(RdpwatchTsRequest, auth_info, ASN1_OCTET_STRING, 2),
  ASN1_EXP_OPT(RdpwatchTsRequest, pub_key_auth, ASN1_OCTET_STRING, 3),
  ASN1_EXP_OPT(RdpwatchTsRequest, error_code, ASN1_INTEGER, 4),
  ASN1_EXP_OPT(RdpwatchTsRequest, client_nonce, ASN1_OCTET_STRING, 5),
} ASN1_SEQUENCE_END(RdpwatchTsRequest)
IMPLEMENT_ASN1_FUNCTIONS(RdpwatchTsRequest);
// clang-format on

#pragma GCC diagnostic pop

namespace rdpwatch::wire {
namespace {

struct Free {
  void operator()(RdpwatchTsRequest* request) const noexcept { RdpwatchTsRequest_free(request); }
  void operator()(RdpwatchNegoToken* token) const noexcept { RdpwatchNegoToken_free(token); }
};
using TsRequestPtr = std::unique_ptr<RdpwatchTsRequest, Free>;
using NegoTokenPtr = std::unique_ptr<RdpwatchNegoToken, Free>;

std::vector<std::uint8_t> to_der(const RdpwatchTsRequest& request) {
  const int size = i2d_RdpwatchTsRequest(&request, nullptr);
  if (size <= 0) return {};
  std::vector<std::uint8_t> der(static_cast<std::size_t>(size));
  auto* out = der.data();
  i2d_RdpwatchTsRequest(&request, &out);
  return der;
}

/// Any number that 32 bits hold, signed or unsigned, as its two's complement.
std::optional<std::uint32_t> to_u32(const ASN1_INTEGER* integer) {
  std::int64_t value = 0;
  if (ASN1_INTEGER_get_int64(&value, integer) != 1) return std::nullopt;
  constexpr std::int64_t kLeast = std::numeric_limits<std::int32_t>::min();
  constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
  if (value < kLeast || kMost < value) return std::nullopt;
  return static_cast<std::uint32_t>(value);
}

/// Only lack of memory fails here.
void require(bool done) {
  if (!done) throw std::bad_alloc{};
}

void set(ASN1_OCTET_STRING*& field, std::span<const std::uint8_t> value) {
  if (field == nullptr) field = ASN1_OCTET_STRING_new();
  require(field != nullptr &&
          ASN1_OCTET_STRING_set(field, value.data(), static_cast<int>(value.size())) == 1);
}

void set(ASN1_INTEGER*& field, std::int64_t value) {
  if (field == nullptr) field = ASN1_INTEGER_new();
  require(field != nullptr && ASN1_INTEGER_set_int64(field, value) == 1);
}

std::expected<TsRequest, DecodeError> to_value(const RdpwatchTsRequest& der) {
  TsRequest request;
  const auto version = to_u32(der.version);
  if (!version || (ASN1_STRING_type(der.version) & V_ASN1_NEG) != 0)
    return std::unexpected{DecodeError::BadLength};
  request.version = *version;
  for (int i = 0; i < sk_RdpwatchNegoToken_num(der.nego_tokens); ++i)
    request.nego_tokens.push_back(asn1::to_vector(sk_RdpwatchNegoToken_value(der.nego_tokens, i)->token));
  request.auth_info = asn1::to_optional_vector(der.auth_info);
  request.pub_key_auth = asn1::to_optional_vector(der.pub_key_auth);
  request.client_nonce = asn1::to_optional_vector(der.client_nonce);
  if (der.error_code != nullptr) {
    request.error_code = to_u32(der.error_code);
    if (!request.error_code) return std::unexpected{DecodeError::BadLength};
  }
  return request;
}

}  // namespace

std::vector<std::uint8_t> encode(const TsRequest& request) {
  const TsRequestPtr der{RdpwatchTsRequest_new()};
  require(der != nullptr);
  set(der->version, request.version);
  if (!request.nego_tokens.empty()) {
    der->nego_tokens = sk_RdpwatchNegoToken_new_null();
    require(der->nego_tokens != nullptr);
  }
  for (const auto& token : request.nego_tokens) {
    NegoTokenPtr entry{RdpwatchNegoToken_new()};
    require(entry != nullptr);
    set(entry->token, token);
    require(0 < sk_RdpwatchNegoToken_push(der->nego_tokens, entry.release()));  // the stack owns it now
  }
  if (request.auth_info) set(der->auth_info, *request.auth_info);
  if (request.pub_key_auth) set(der->pub_key_auth, *request.pub_key_auth);
  if (request.error_code) set(der->error_code, static_cast<std::int32_t>(*request.error_code));
  if (request.client_nonce) set(der->client_nonce, *request.client_nonce);
  return to_der(*der);
}

std::expected<std::size_t, DecodeError> tsrequest_length(std::span<const std::uint8_t> bytes) {
  constexpr std::uint8_t kSequence = 0x30;
  constexpr std::size_t kMaxLengthBytes = 4;
  if (!bytes.empty() && bytes.front() != kSequence) return std::unexpected{DecodeError::UnexpectedType};
  ByteReader in{bytes};
  in.skip(1);
  const auto first = in.u8();
  if (in.truncated()) return std::unexpected{DecodeError::Truncated};
  if (first < 0x80) return 2 + std::size_t{first};

  const std::size_t width = first & 0x7F;
  if (width == 0) return std::unexpected{DecodeError::BadLength};  // indefinite
  const auto leading = in.u8();
  if (in.truncated()) return std::unexpected{DecodeError::Truncated};
  if (leading == 0 || (width == 1 && leading < 0x80)) return std::unexpected{DecodeError::BadLength};
  if (kMaxLengthBytes < width) return std::unexpected{DecodeError::TooLong};
  std::size_t content = leading;
  for (std::size_t i = 1; i < width; ++i) content = content << 8 | in.u8();
  if (in.truncated()) return std::unexpected{DecodeError::Truncated};
  const auto length = 2 + width + content;
  if (kMaxPhaseBytes < length) return std::unexpected{DecodeError::TooLong};
  return length;
}

std::expected<TsRequest, DecodeError> decode_tsrequest(std::span<const std::uint8_t> bytes) {
  const auto length = tsrequest_length(bytes);
  if (!length) return std::unexpected{length.error()};
  if (bytes.size() < *length) return std::unexpected{DecodeError::Truncated};
  if (*length < bytes.size()) return std::unexpected{DecodeError::BadLength};

  const asn1::QuietErrors quiet;
  const auto* cursor = bytes.data();
  const TsRequestPtr der{d2i_RdpwatchTsRequest(nullptr, &cursor, static_cast<long>(bytes.size()))};
  if (der == nullptr) return std::unexpected{DecodeError::UnexpectedType};
  // OpenSSL reads BER; what does not come out as it went in was not DER.
  if (!std::ranges::equal(to_der(*der), bytes)) return std::unexpected{DecodeError::BadLength};
  return to_value(*der);
}

}  // namespace rdpwatch::wire
