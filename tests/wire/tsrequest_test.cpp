#include "probes/wire/tsrequest.h"

#include <doctest/doctest.h>
#include <openssl/err.h>

#include "probes/wire/ntlm.h"
#include "tests/support/hex.h"

using namespace rdpwatch::wire;
using rdpwatch::test::hex;
using rdpwatch::test::hex_file;

namespace {

DecodeError error_of(std::string_view text) { return decode_tsrequest(hex(text)).error(); }

}  // namespace

TEST_CASE("tsrequest: published requests are read, and written again byte for byte") {
  for (const char* name : {"third-tsrequest-ntlm-negotiate", "third-tsrequest-ntlm-challenge-win10",
                           "third-tsrequest-errorcode"}) {
    CAPTURE(name);
    const auto bytes = hex_file(std::string{"tests/vectors/"} + name + ".hex");
    const auto request = decode_tsrequest(bytes);
    REQUIRE(bool{request});
    CHECK(request->version == 6);
    CHECK(encode(*request) == bytes);
  }
}

TEST_CASE("tsrequest: captured answers are read, and written again byte for byte") {
  for (const char* name :
       {"freerdp2-nla.challenge", "freerdp2-nla.negotiate", "gnome-remote-desktop43.challenge"}) {
    CAPTURE(name);
    const auto bytes = hex_file(std::string{"tests/corpus/captures/"} + name + ".hex");
    const auto request = decode_tsrequest(bytes);
    REQUIRE(bool{request});
    REQUIRE(request->nego_tokens.size() == 1);
    CHECK(is_ntlm(request->nego_tokens.front()));
    CHECK(encode(*request) == bytes);
  }
}

TEST_CASE("tsrequest: our first request is the published one, nonce and version apart") {
  const NtlmNegotiate message{.version = {6, 1, 7601, 0x0F}};
  TsRequest request{.version = 6, .nego_tokens = {encode(message)}};
  const auto published = hex_file("tests/vectors/third-tsrequest-ntlm-negotiate.hex");
  request.client_nonce.emplace(published.end() - 32, published.end());
  CHECK(encode(request) == published);
}

TEST_CASE("tsrequest: the error code is read from both of its forms") {
  CHECK(decode_tsrequest(hex_file("tests/vectors/third-tsrequest-errorcode.hex"))->error_code == 0xC00700EA);
  CHECK(decode_tsrequest(hex("300d a003020106 a4060204c000006d"))->error_code == 0xC000006D);
  CHECK(decode_tsrequest(hex("300e a003020106 a407020500c000006d"))->error_code == 0xC000006D);
  CHECK(decode_tsrequest(hex("300d a003020106 a406020480090302"))->error_code == 0x80090302);
  CHECK(decode_tsrequest(hex("300a a003020106 a403020100"))->error_code == 0);
  CHECK(error_of("300e a003020106 a407020501c000006d") == DecodeError::BadLength);  // 33 bits
}

TEST_CASE("tsrequest: versions are an open set of positive numbers") {
  CHECK(decode_tsrequest(hex("3005 a003020102"))->version == 2);
  CHECK(decode_tsrequest(hex("3005 a003020160"))->version == 0x60);
  CHECK(error_of("3005 a0030201ff") == DecodeError::BadLength);
}

TEST_CASE("tsrequest: the length is known from the first bytes") {
  CHECK(tsrequest_length(hex("3005")) == 7);
  CHECK(tsrequest_length(hex("308180")) == 131);
  CHECK(tsrequest_length(hex("30820100")) == 260);
  CHECK(tsrequest_length(hex("3082fffc")) == 65'536);
  CHECK(tsrequest_length(hex("3082fffd")) == std::unexpected{DecodeError::TooLong});
  CHECK(tsrequest_length(hex("3083010000")) == std::unexpected{DecodeError::TooLong});
  CHECK(tsrequest_length(hex("308501")) == std::unexpected{DecodeError::TooLong});
  for (const auto* part : {"", "30", "3081", "3082", "308201", "3084ffffff"})
    CHECK(tsrequest_length(hex(part)) == std::unexpected{DecodeError::Truncated});
}

TEST_CASE("tsrequest: only DER is accepted") {
  CHECK(tsrequest_length(hex("3080")) == std::unexpected{DecodeError::BadLength});      // indefinite
  CHECK(tsrequest_length(hex("308105")) == std::unexpected{DecodeError::BadLength});    // short form would do
  CHECK(tsrequest_length(hex("30820080")) == std::unexpected{DecodeError::BadLength});  // leading zero
  CHECK(error_of("3009 a080 020106 0000 a100") != DecodeError::Truncated);
  CHECK(error_of("3006 a08103020106") == DecodeError::BadLength);       // inside as well
  CHECK(error_of("3006 a00402020006") == DecodeError::UnexpectedType);  // padded integer
}

TEST_CASE("tsrequest: other bytes are refused") {
  CHECK(error_of("0300000b") == DecodeError::UnexpectedType);
  CHECK(error_of("3000") == DecodeError::UnexpectedType);
  CHECK(error_of("3005 a103020106") == DecodeError::UnexpectedType);             // no version
  CHECK(error_of("3007 a003020106 a700") == DecodeError::UnexpectedType);        // unknown field
  CHECK(error_of("3005 a003020106 00") == DecodeError::BadLength);               // bytes behind it
  CHECK(error_of("300a a003020106 a003020106") == DecodeError::UnexpectedType);  // twice
}

TEST_CASE("tsrequest: every truncation asks for more") {
  const auto bytes = hex_file("tests/vectors/third-tsrequest-ntlm-challenge-win10.hex");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CAPTURE(size);
    CHECK(decode_tsrequest(std::span{bytes}.first(size)).error() == DecodeError::Truncated);
  }
}

TEST_CASE("tsrequest: all fields survive a round trip") {
  const TsRequest request{.version = 4,
                          .nego_tokens = {hex("0102"), hex(""), hex("03")},
                          .auth_info = hex("04"),
                          .pub_key_auth = hex("0506"),
                          .error_code = 0xC0000022,
                          .client_nonce = hex("07")};
  const auto decoded = decode_tsrequest(encode(request));
  REQUIRE(bool{decoded});
  CHECK(*decoded == request);
}

TEST_CASE("tsrequest: hostile bytes leave nothing on the error queue that TLS reads") {
  ERR_clear_error();
  CHECK(error_of("3005 a103020106") == DecodeError::UnexpectedType);
  CHECK(ERR_peek_error() == 0);
}
