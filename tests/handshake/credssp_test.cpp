#include "probes/handshake/credssp.h"

#include <string>

#include <doctest/doctest.h>

#include "probes/wire/byte_writer.h"
#include "probes/wire/constants.h"
#include "probes/wire/tsrequest.h"
#include "tests/handshake/feed.h"

using namespace rdpwatch;
using namespace rdpwatch::test;
using handshake::Credssp;

namespace {

Bytes captured(const char* name) { return hex_file(std::string{"tests/corpus/captures/"} + name + ".hex"); }

Observation failure_of(std::span<const std::uint8_t> bytes) {
  const auto result = answer(Credssp{}, bytes);
  REQUIRE_FALSE(bool{result});
  return result.error();
}

Bytes with_error(std::uint32_t status) { return wire::encode({.version = 6, .error_code = status}); }
Bytes with_token(const Bytes& token) { return wire::encode({.version = 6, .nego_tokens = {token}}); }

/// negTokenResp around `challenge`, RFC 4178 section 4.2.2; synthetic.
Bytes in_spnego(const Bytes& challenge) {
  const auto u8 = [](std::size_t value) { return static_cast<std::uint8_t>(value); };
  wire::ByteWriter fields;
  fields.bytes(hex("a0030a0101 a10c060a2b06010401823702020a"));
  fields.u8(0xA2)
      .u8(0x81)
      .u8(u8(challenge.size() + 3))
      .u8(0x04)
      .u8(0x81)
      .u8(u8(challenge.size()))
      .bytes(challenge);
  wire::ByteWriter out;
  out.u8(0xA1).u8(0x82).u16_be(static_cast<std::uint16_t>(fields.size() + 4));
  out.u8(0x30).u8(0x82).u16_be(static_cast<std::uint16_t>(fields.size()));
  out.bytes(std::move(fields).take());
  return std::move(out).take();
}

}  // namespace

TEST_CASE("credssp: the first request is what a captured client sent") {
  Credssp machine;
  CHECK(first_send(machine) == captured("freerdp2-nla.negotiate"));
}

TEST_CASE("credssp: captured answers give the names and the version of the host") {
  for (const char* name : {"freerdp2-nla.challenge", "gnome-remote-desktop43.challenge"}) {
    CAPTURE(name);
    const auto result = answer(Credssp{}, captured(name));
    REQUIRE(bool{result});
    CHECK(result->server_version == 6);
    CHECK(result->challenge.computer == "LABSRV");
    CHECK_FALSE(result->spnego);
  }
}

TEST_CASE("credssp: a challenge of Windows 10 is read however the bytes are split") {
  const auto bytes = hex_file("tests/vectors/third-tsrequest-ntlm-challenge-win10.hex");
  for (std::size_t split = 1; split < bytes.size(); ++split) {
    CAPTURE(split);
    Credssp machine;
    first_send(machine);
    REQUIRE(std::holds_alternative<handshake::Receive>(machine.step(std::span{bytes}.first(split))));
    const auto last = machine.step(std::span{bytes}.subspan(split));
    CHECK(std::get<2>(last)->challenge.computer == "DESKTOP-KMDT420");
  }
}

TEST_CASE("credssp: each truncation tells how far the answer came") {
  const auto bytes = captured("freerdp2-nla.challenge");
  for (const Cause end : {Cause::Closed, Cause::Reset, Cause::Timeout}) {
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      CAPTURE(size);
      CHECK(cut_after(Credssp{}, std::span{bytes}.first(size), end).cause == end);
    }
  }
  CHECK(cut_after(Credssp{}, {}, Cause::Closed).detail == "connection closed after the first TSRequest");
  CHECK(cut_after(Credssp{}, std::span{bytes}.first(9), Cause::Closed).detail ==
        "connection closed after 9 of 207 bytes of the answer to the first TSRequest");
}

TEST_CASE("credssp: a challenge inside of SPNEGO is unwrapped") {
  const auto result =
      answer(Credssp{}, with_token(in_spnego(hex_file("tests/vectors/nlmp-ntlmv2-challenge.hex"))));
  REQUIRE(bool{result});
  CHECK(result->spnego);
  CHECK(result->challenge.domain == "Domain");
}

TEST_CASE("credssp: the version of the server is told, patched or not") {
  for (const std::uint32_t version : {2u, 3u, 4u, 5u, 6u, 0x60u}) {
    const auto bytes = wire::encode(
        {.version = version, .nego_tokens = {hex_file("tests/vectors/nlmp-ntlmv2-challenge.hex")}});
    CHECK(answer(Credssp{}, bytes)->server_version == version);
  }
}

TEST_CASE("credssp: an error code is the answer, whatever else is there") {
  CHECK(failure_of(with_error(0xC000006D)).cause == Cause::Rejected);
  CHECK(failure_of(with_error(0xC000006D)).code == 0xC000006D);
  CHECK(failure_of(with_error(0xC00000BB)).cause == Cause::NotSupported);
  CHECK(failure_of(with_error(0xC0000418)).cause == Cause::NtlmBlocked);
  CHECK(failure_of(with_error(0x12345678)).code == 0x12345678);
  CHECK(
      failure_of(with_error(0xC000005E)).detail ==
      "server answered errorCode 0xc000005e STATUS_NO_LOGON_SERVERS (host cannot reach a domain controller)");
  // FreeRDP 2.11 refuses a SPNEGO token with this code and a token of 12,256 zeros.
  const auto zeros = wire::encode({.version = 6, .nego_tokens = {Bytes(12'256)}, .error_code = 0xC00700EA});
  CHECK(failure_of(zeros).cause == Cause::Rejected);
  CHECK(failure_of(zeros).code == 0xC00700EA);
}

TEST_CASE("credssp: an error code in five bytes is the same") {
  const auto failure = failure_of(hex("300e a003020106 a407020500c0000418"));
  CHECK(failure.cause == Cause::NtlmBlocked);
  CHECK(failure.code == 0xC0000418);
}

TEST_CASE("credssp: a server that will not do NTLM is told from one that is broken") {
  CHECK(failure_of(with_token(hex("a107 3005 a0030a0102"))).cause == Cause::NtlmBlocked);  // reject
  const auto kerberos = failure_of(with_token(hex("a114 3012 a0030a0103 a10b06092a864882f712010202")));
  CHECK(kerberos.cause == Cause::NtlmBlocked);
  CHECK(kerberos.detail == "server selected Kerberos in place of NTLM");
  CHECK(failure_of(with_token(hex("600f 06092a864886f712010202 03000102"))).cause == Cause::NtlmBlocked);
  // NegTokenInit that offers Kerberos alone.
  CHECK(failure_of(with_token(hex("a011 300f a00d300b06092a864886f712010202"))).cause == Cause::NtlmBlocked);
  CHECK(failure_of(with_token(hex_file("tests/vectors/spng-negtokeninit2.hex"))).cause == Cause::Malformed);
  CHECK(failure_of(with_token(hex("a107 3005 a0030a0101"))).cause == Cause::Malformed);  // no token
  CHECK(failure_of(with_token(hex("a107 3005"))).cause == Cause::Malformed);
}

TEST_CASE("credssp: what is not a TSRequest is malformed") {
  const auto tpkt = failure_of(captured("gnome-remote-desktop43.tpkt-in-nla"));
  CHECK(tpkt.cause == Cause::Malformed);
  CHECK(tpkt.detail.starts_with("a TPKT in place of a TSRequest"));
  for (const char* bytes :
       {"48545450", "3080", "308105", "3083010000", "3000", "3005a103020106", "3005a003020106"}) {
    CAPTURE(bytes);
    CHECK(failure_of(hex(bytes)).cause == Cause::Malformed);
  }
  CHECK(failure_of(hex("3083010000")).detail.starts_with("TSRequest of more than 64 KiB"));
  CHECK(failure_of(with_token(hex("4e544c4d53535000 01000000"))).cause == Cause::Malformed);
  CHECK(failure_of(with_token({})).cause == Cause::Malformed);
}

TEST_CASE("credssp: more than the cap is refused before it is kept") {
  Credssp machine;
  first_send(machine);
  const Bytes flood(wire::kMaxPhaseBytes + 1, 0x30);
  CHECK(std::get<2>(machine.step(flood)).error().cause == Cause::Malformed);
}
