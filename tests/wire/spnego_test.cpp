#include "probes/wire/spnego.h"

#include <doctest/doctest.h>
#include <openssl/err.h>

#include "tests/support/hex.h"

using namespace rdpwatch::wire;
using rdpwatch::test::hex;
using rdpwatch::test::hex_file;

// Synthetic from RFC 4178 section 4.2 unless a vector is named: no published dump of a NegTokenResp was
// found.

TEST_CASE("spnego: the NegTokenInit2 of the specification offers NEGOEX and NTLM") {
  const auto token = decode_gss_token(hex_file("tests/vectors/spng-negtokeninit2.hex"));
  REQUIRE(bool{token});
  const auto& mechanisms = std::get<SpnegoInit>(*token).mechanisms;
  REQUIRE(mechanisms.size() == 2);
  CHECK(mechanisms[0] == Mechanism::NegoEx);
  CHECK(mechanisms[1] == Mechanism::Ntlm);
}

TEST_CASE("spnego: an answer is unwrapped to state, mechanism and token") {
  const auto token = decode_gss_token(hex("a11b 3019 a0030a0101 a10c060a2b06010401823702020a a2040402abcd"));
  REQUIRE(bool{token});
  const auto& answer = std::get<SpnegoResponse>(*token);
  CHECK(answer.state == NegState::AcceptIncomplete);
  CHECK(answer.mechanism == Mechanism::Ntlm);
  CHECK(answer.token == hex("abcd"));
}

TEST_CASE("spnego: every field of an answer may be absent") {
  const auto token = decode_gss_token(hex("a102 3000"));
  REQUIRE(bool{token});
  const auto& answer = std::get<SpnegoResponse>(*token);
  CHECK_FALSE(answer.state.has_value());
  CHECK_FALSE(answer.mechanism.has_value());
  CHECK(answer.token.empty());
}

TEST_CASE("spnego: states are an open set") {
  CHECK(std::get<SpnegoResponse>(*decode_gss_token(hex("a107 3005 a0030a0102"))).state == NegState::Reject);
  CHECK(std::get<SpnegoResponse>(*decode_gss_token(hex("a107 3005 a0030a0109"))).state == NegState{9});
  CHECK(decode_gss_token(hex("a107 3005 a0030a01ff")).error() == DecodeError::BadLength);
}

TEST_CASE("spnego: mechanisms are told apart by their identifiers") {
  const auto selected = [](std::string_view oid) {
    const auto bytes = hex(oid);
    const auto size = static_cast<std::uint8_t>(bytes.size());
    rdpwatch::test::Bytes token{
        0xA1, static_cast<std::uint8_t>(size + 4), 0x30, static_cast<std::uint8_t>(size + 2), 0xA1, size};
    token.insert(token.end(), bytes.begin(), bytes.end());
    return std::get<SpnegoResponse>(*decode_gss_token(token)).mechanism;
  };
  CHECK(selected("06092a864886f712010202") == Mechanism::Kerberos);
  CHECK(selected("06092a864882f712010202") == Mechanism::MicrosoftKerberos);
  CHECK(selected("060a2b06010401823702021e") == Mechanism::NegoEx);
  CHECK(selected("06012a") == Mechanism::Other);
}

TEST_CASE("spnego: a mechanism that stands outside is named") {
  const auto token = decode_gss_token(hex("600f 06092a864886f712010202 03000102"));
  REQUIRE(bool{token});
  CHECK(std::get<BareMechanism>(*token).mechanism == Mechanism::Kerberos);
}

TEST_CASE("spnego: only tokens of GSS-API look like one") {
  CHECK(looks_like_gss(hex("60")));
  CHECK(looks_like_gss(hex("a1")));
  CHECK_FALSE(looks_like_gss(hex("4e544c4d53535000")));
  CHECK_FALSE(looks_like_gss({}));
  CHECK(decode_gss_token(hex("4e544c4d53535000")).error() == DecodeError::UnexpectedType);
}

TEST_CASE("spnego: every truncation and every appended byte is refused") {
  for (auto bytes : {hex_file("tests/vectors/spng-negtokeninit2.hex"),
                     hex("a11b 3019 a0030a0101 a10c060a2b06010401823702020a a2040402abcd")}) {
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CAPTURE(size);
      CHECK_FALSE(decode_gss_token(std::span{bytes}.first(size)).has_value());
    }
    bytes.push_back(0);
    CHECK(decode_gss_token(bytes).error() == DecodeError::BadLength);
  }
}

TEST_CASE("spnego: hostile bytes leave nothing on the error queue that TLS reads") {
  ERR_clear_error();
  CHECK_FALSE(decode_gss_token(hex("a104 30020500")).has_value());
  CHECK_FALSE(decode_gss_token(hex("6003 060180")).has_value());
  CHECK(ERR_peek_error() == 0);
}
