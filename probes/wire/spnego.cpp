#include "probes/wire/spnego.h"

#include <algorithm>
#include <array>

#include <openssl/asn1t.h>
#include <openssl/objects.h>

#include "probes/wire/asn1.h"

// RFC 4178 section 4.2 and [MS-SPNG] 2.2.1 as OpenSSL's templates. The macros define structs and functions
// with C linkage and C casts, hence the pragmas; the names have a prefix because they are not in our
// namespace.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast"
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wunused-function"

struct RdpwatchNegTokenInit {
  STACK_OF(ASN1_OBJECT) * mech_types;
  ASN1_BIT_STRING* req_flags;
  ASN1_OCTET_STRING* mech_token;
  ASN1_TYPE* hints_or_mic;  // [3]: mechListMIC in RFC 4178, negHints in NegTokenInit2
  ASN1_OCTET_STRING* mech_list_mic;
};
struct RdpwatchNegTokenResp {
  ASN1_ENUMERATED* state;
  ASN1_OBJECT* mechanism;
  ASN1_OCTET_STRING* response_token;
  ASN1_OCTET_STRING* mech_list_mic;
};
DECLARE_ASN1_FUNCTIONS(RdpwatchNegTokenInit)
DECLARE_ASN1_FUNCTIONS(RdpwatchNegTokenResp)

// clang-format off
ASN1_SEQUENCE(RdpwatchNegTokenInit) = {
  ASN1_EXP_SEQUENCE_OF_OPT(RdpwatchNegTokenInit, mech_types, ASN1_OBJECT, 0),
  ASN1_EXP_OPT(RdpwatchNegTokenInit, req_flags, ASN1_BIT_STRING, 1),
  ASN1_EXP_OPT(RdpwatchNegTokenInit, mech_token, ASN1_OCTET_STRING, 2),
  ASN1_EXP_OPT(RdpwatchNegTokenInit, hints_or_mic, ASN1_ANY, 3),
  ASN1_EXP_OPT(RdpwatchNegTokenInit, mech_list_mic, ASN1_OCTET_STRING, 4),
} ASN1_SEQUENCE_END(RdpwatchNegTokenInit)
IMPLEMENT_ASN1_FUNCTIONS(RdpwatchNegTokenInit)

ASN1_SEQUENCE(RdpwatchNegTokenResp) = {
  ASN1_EXP_OPT(RdpwatchNegTokenResp, state, ASN1_ENUMERATED, 0),
  ASN1_EXP_OPT(RdpwatchNegTokenResp, mechanism, ASN1_OBJECT, 1),
  ASN1_EXP_OPT(RdpwatchNegTokenResp, response_token, ASN1_OCTET_STRING, 2),
  ASN1_EXP_OPT(RdpwatchNegTokenResp, mech_list_mic, ASN1_OCTET_STRING, 3),
} ASN1_SEQUENCE_END(RdpwatchNegTokenResp)
IMPLEMENT_ASN1_FUNCTIONS(RdpwatchNegTokenResp);
// clang-format on

#pragma GCC diagnostic pop

namespace rdpwatch::wire {
namespace {

struct Free {
  void operator()(RdpwatchNegTokenInit* token) const noexcept { RdpwatchNegTokenInit_free(token); }
  void operator()(RdpwatchNegTokenResp* token) const noexcept { RdpwatchNegTokenResp_free(token); }
  void operator()(ASN1_OBJECT* object) const noexcept { ASN1_OBJECT_free(object); }
};

constexpr std::uint8_t kInitialToken = 0x60;  // [APPLICATION 0], RFC 2743 section 3.1
constexpr std::uint8_t kChoiceInit = 0xA0;
constexpr std::uint8_t kChoiceResponse = 0xA1;

constexpr std::array<std::uint8_t, 6> kSpnego{0x2b, 6, 1, 5, 5, 2};
constexpr std::array<std::uint8_t, 10> kNtlm{0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 0x0a};
constexpr std::array<std::uint8_t, 10> kNegoEx{0x2b, 6, 1, 4, 1, 0x82, 0x37, 2, 2, 0x1e};
constexpr std::array<std::uint8_t, 9> kKerberos{0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2};
constexpr std::array<std::uint8_t, 9> kMicrosoftKerberos{0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 1, 2, 2};

std::span<const std::uint8_t> oid_bytes(const ASN1_OBJECT* object) {
  return {OBJ_get0_data(object), OBJ_length(object)};
}

Mechanism mechanism_of(const ASN1_OBJECT* object) {
  const auto oid = oid_bytes(object);
  if (std::ranges::equal(oid, kNtlm)) return Mechanism::Ntlm;
  if (std::ranges::equal(oid, kKerberos)) return Mechanism::Kerberos;
  if (std::ranges::equal(oid, kMicrosoftKerberos)) return Mechanism::MicrosoftKerberos;
  if (std::ranges::equal(oid, kNegoEx)) return Mechanism::NegoEx;
  return Mechanism::Other;
}

/// The content of the element that fills `bytes` exactly and begins with `identifier`.
std::expected<std::span<const std::uint8_t>, DecodeError> content_of(std::span<const std::uint8_t> bytes,
                                                                     std::uint8_t identifier) {
  if (bytes.empty() || bytes.front() != identifier) return std::unexpected{DecodeError::UnexpectedType};
  const auto* cursor = bytes.data();
  long length = 0;
  int tag = 0, tag_class = 0;
  const int form = ASN1_get_object(&cursor, &length, &tag, &tag_class, static_cast<long>(bytes.size()));
  const bool failed = (form & 0x80) != 0, indefinite = (form & 1) != 0;
  if (failed || indefinite || cursor + length != bytes.data() + bytes.size())
    return std::unexpected{DecodeError::BadLength};
  return bytes.last(static_cast<std::size_t>(length));
}

/// `content` decoded by one of the templates, which must use it up.
template <auto d2i>
auto decode_whole(std::span<const std::uint8_t> content) {
  const auto* cursor = content.data();
  using Value = std::remove_pointer_t<decltype(d2i(nullptr, &cursor, 0))>;
  std::unique_ptr<Value, Free> value{d2i(nullptr, &cursor, static_cast<long>(content.size()))};
  if (value != nullptr && cursor != content.data() + content.size()) value.reset();
  return value;
}

std::expected<GssToken, DecodeError> decode_init(std::span<const std::uint8_t> content) {
  const auto token = decode_whole<d2i_RdpwatchNegTokenInit>(content);
  if (token == nullptr) return std::unexpected{DecodeError::UnexpectedType};
  SpnegoInit init;
  for (int i = 0; i < sk_ASN1_OBJECT_num(token->mech_types); ++i)
    init.mechanisms.push_back(mechanism_of(sk_ASN1_OBJECT_value(token->mech_types, i)));
  return init;
}

std::expected<GssToken, DecodeError> decode_response(std::span<const std::uint8_t> content) {
  const auto token = decode_whole<d2i_RdpwatchNegTokenResp>(content);
  if (token == nullptr) return std::unexpected{DecodeError::UnexpectedType};
  SpnegoResponse response;
  if (token->state != nullptr) {
    std::int64_t state = 0;
    const bool fits = ASN1_ENUMERATED_get_int64(&state, token->state) == 1;
    if (!fits || state < 0 || 0xFF < state) return std::unexpected{DecodeError::BadLength};
    response.state = NegState{static_cast<std::uint32_t>(state)};
  }
  if (token->mechanism != nullptr) response.mechanism = mechanism_of(token->mechanism);
  if (token->response_token != nullptr) response.token = asn1::to_vector(token->response_token);
  return response;
}

std::expected<GssToken, DecodeError> decode_initial_token(std::span<const std::uint8_t> content) {
  const auto* cursor = content.data();
  const std::unique_ptr<ASN1_OBJECT, Free> mechanism{
      d2i_ASN1_OBJECT(nullptr, &cursor, static_cast<long>(content.size()))};
  if (mechanism == nullptr) return std::unexpected{DecodeError::UnexpectedType};
  if (!std::ranges::equal(oid_bytes(mechanism.get()), kSpnego))
    return BareMechanism{mechanism_of(mechanism.get())};
  const auto inner = content_of({cursor, content.data() + content.size()}, kChoiceInit);
  if (!inner) return std::unexpected{inner.error()};
  return decode_init(*inner);
}

}  // namespace

std::string_view to_string(Mechanism mechanism) {
  switch (mechanism) {
    case Mechanism::Ntlm: return "NTLM";
    case Mechanism::Kerberos:
    case Mechanism::MicrosoftKerberos: return "Kerberos";
    case Mechanism::NegoEx: return "NEGOEX";
    case Mechanism::Other: return "another mechanism";
  }
  return "";
}

bool looks_like_gss(std::span<const std::uint8_t> token) {
  if (token.empty()) return false;
  const auto first = token.front();
  return first == kInitialToken || first == kChoiceInit || first == kChoiceResponse;
}

std::expected<GssToken, DecodeError> decode_gss_token(std::span<const std::uint8_t> token) {
  const asn1::QuietErrors quiet;
  if (!looks_like_gss(token)) return std::unexpected{DecodeError::UnexpectedType};
  const auto content = content_of(token, token.front());
  if (!content) return std::unexpected{content.error()};
  if (token.front() == kInitialToken) return decode_initial_token(*content);
  return token.front() == kChoiceInit ? decode_init(*content) : decode_response(*content);
}

}  // namespace rdpwatch::wire
