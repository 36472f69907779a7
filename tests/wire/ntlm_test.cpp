#include "probes/wire/ntlm.h"

#include <algorithm>

#include <doctest/doctest.h>

#include "probes/wire/byte_writer.h"
#include "probes/wire/tsrequest.h"
#include "probes/wire/windows_release.h"
#include "tests/support/hex.h"

using namespace rdpwatch::wire;
using namespace std::chrono_literals;
using rdpwatch::test::Bytes;
using rdpwatch::test::hex;
using rdpwatch::test::hex_file;

namespace {

NtlmChallenge challenge_in(const std::string& path) {
  const auto request = decode_tsrequest(hex_file(path));
  REQUIRE(bool{request});
  const auto challenge = decode_ntlm_challenge(request->nego_tokens.at(0));
  REQUIRE(bool{challenge});
  return *challenge;
}

/// A CHALLENGE with the given flags and TargetInfo; synthetic, layout of [MS-NLMP] 2.2.1.2.
Bytes challenge_with(std::uint32_t flags, const Bytes& target_info) {
  ByteWriter out;
  out.bytes(kNtlmSignature).u32_le(kNtlmChallenge).zeros(8).u32_le(flags).zeros(16);
  out.u16_le(static_cast<std::uint16_t>(target_info.size())).u16_le(0).u32_le(56);
  out.bytes(hex("0a00 7c4f 000000 0f")).bytes(target_info);
  return std::move(out).take();
}

constexpr std::uint32_t kFlags = kNtlmFlagUnicode | kNtlmFlagTargetInfo | kNtlmFlagVersion;

}  // namespace

TEST_CASE("ntlm: NEGOTIATE is what a captured client sent, byte for byte") {
  const auto request = decode_tsrequest(hex_file("tests/corpus/captures/freerdp2-nla.negotiate.hex"));
  REQUIRE(bool{request});
  CHECK(encode(NtlmNegotiate{}) == request->nego_tokens.at(0));
}

TEST_CASE("ntlm: the CHALLENGE of the NTLMv2 example of the specification") {
  const auto challenge = decode_ntlm_challenge(hex_file("tests/vectors/nlmp-ntlmv2-challenge.hex"));
  REQUIRE(bool{challenge});
  CHECK(challenge->flags == 0xE28A8233);
  CHECK(challenge->target_name == "Server");
  CHECK(challenge->computer == "Server");
  CHECK(challenge->domain == "Domain");
  CHECK(challenge->version == NtlmVersion{6, 0, 6000, 0x0F});
  CHECK_FALSE(challenge->timestamp.has_value());
}

TEST_CASE("ntlm: the CHALLENGEs of the NTLMv1 examples carry no target information") {
  for (const char* name : {"nlmp-ntlmv1-challenge", "nlmp-ntlmv1-ess-challenge"}) {
    CAPTURE(name);
    const auto challenge = decode_ntlm_challenge(hex_file(std::string{"tests/vectors/"} + name + ".hex"));
    REQUIRE(bool{challenge});
    CHECK(challenge->target_name == "Server");
    CHECK(challenge->computer.empty());
    CHECK(challenge->version == NtlmVersion{6, 0, 6000, 0x0F});
  }
}

TEST_CASE("ntlm: the CHALLENGE of a Windows 10 names the host, its build and its time") {
  const auto challenge = challenge_in("tests/vectors/third-tsrequest-ntlm-challenge-win10.hex");
  CHECK(challenge.flags == 0xE28A8235);
  CHECK(challenge.computer == "DESKTOP-KMDT420");
  CHECK(challenge.domain == "DESKTOP-KMDT420");
  CHECK(challenge.dns_computer == "DESKTOP-KMDT420");
  CHECK(challenge.dns_domain == "DESKTOP-KMDT420");
  CHECK(challenge.dns_forest.empty());
  REQUIRE(challenge.version.has_value());
  CHECK(to_string(*challenge.version) == "10.0.16299");
  CHECK(windows_release(*challenge.version) == "Windows 10 1709");
  CHECK(challenge.timestamp == 0x01D4D8D75684C675);
}

TEST_CASE("ntlm: captured challenges of servers that are not Windows") {
  for (const char* name : {"freerdp2-nla", "gnome-remote-desktop43"}) {
    CAPTURE(name);
    const auto challenge = challenge_in(std::string{"tests/corpus/captures/"} + name + ".challenge.hex");
    CHECK(challenge.computer == "LABSRV");
    CHECK(challenge.dns_computer == "labsrv");
    CHECK(to_string(challenge.version.value()) == "6.1.7601");
    CHECK(challenge.timestamp.has_value());
  }
}

TEST_CASE("ntlm: every truncation of a CHALLENGE is refused") {
  const auto bytes = hex_file("tests/vectors/nlmp-ntlmv2-challenge.hex");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(decode_ntlm_challenge(std::span{bytes}.first(size)).has_value());
  }
}

TEST_CASE("ntlm: signature, type and fields are checked") {
  const auto valid = challenge_with(kFlags, hex("00000000"));
  const auto with = [&](std::size_t offset, std::uint8_t value) {
    auto bytes = valid;
    bytes[offset] = value;
    return decode_ntlm_challenge(bytes);
  };
  REQUIRE(bool{decode_ntlm_challenge(valid)});
  CHECK(with(0, 'X').error() == DecodeError::UnexpectedType);
  CHECK(with(8, 1).error() == DecodeError::UnexpectedType);
  CHECK(with(8, 3).error() == DecodeError::UnexpectedType);
  CHECK(bool{with(12, 1)});  // a target name inside of the header is odd, not wrong
  CHECK(with(40, 5).error() == DecodeError::BadLength);     // longer than the message
  CHECK(with(44, 0xFF).error() == DecodeError::BadLength);  // beyond the message
  CHECK(with(47, 0xFF).error() == DecodeError::BadLength);  // offset near 4 GiB
}

TEST_CASE("ntlm: an AV pair that reaches outside is refused, one that is unknown is not") {
  CHECK(bool{decode_ntlm_challenge(challenge_with(kFlags, hex("6300 0200 abcd 00000000")))});
  CHECK(bool{decode_ntlm_challenge(challenge_with(kFlags, hex("0100 0200 4100")))});  // no terminator
  CHECK(decode_ntlm_challenge(challenge_with(kFlags, hex("0100 0400 4100"))).error() ==
        DecodeError::BadLength);
  CHECK(decode_ntlm_challenge(challenge_with(kFlags, hex("0100 04"))).error() == DecodeError::BadLength);
  CHECK(decode_ntlm_challenge(challenge_with(kFlags, hex("0700 0400 01020304"))).error() ==
        DecodeError::BadLength);
}

TEST_CASE("ntlm: a time of zero counts as none, and so does a version of zero") {
  const auto no_time =
      decode_ntlm_challenge(challenge_with(kFlags, hex("0700 0800 0000000000000000 00000000")));
  REQUIRE(bool{no_time});
  CHECK_FALSE(no_time->timestamp.has_value());
  const auto flagless = decode_ntlm_challenge(challenge_with(kNtlmFlagUnicode, hex("00000000")));
  REQUIRE(bool{flagless});
  CHECK_FALSE(flagless->version.has_value());
}

TEST_CASE("ntlm: names leave sanitised") {
  const auto evil = decode_ntlm_challenge(challenge_with(kFlags, hex("0100 0600 4100 0a00 00d8 00000000")));
  REQUIRE(bool{evil});
  CHECK(evil->computer == "A\xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_CASE("clock_difference: is theirs minus ours, at any FILETIME") {
  const std::chrono::system_clock::time_point ours = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22};
  // 2026-11-22 00:00:00 UTC: 134,397,792,000,000,000 ticks of 100 ns since 1601-01-01.
  const std::uint64_t same = 134'397'792'000'000'000;
  CHECK(clock_difference(same, ours) == 0ns);
  CHECK(clock_difference(same + 50'000'000, ours) == 5s);
  CHECK(clock_difference(same - 1, ours) == -100ns);
  constexpr std::chrono::nanoseconds kLimit = std::chrono::years{100};
  CHECK(clock_difference(0, ours) == -kLimit);
  CHECK(clock_difference(1, ours) == -kLimit);
  CHECK(clock_difference(0x7FFFFFFFFFFFFFFF, ours) == kLimit);
  CHECK(clock_difference(0xFFFFFFFFFFFFFFFF, ours) == kLimit);
  CHECK(clock_difference(0xFFFFFFFFFFFFFFFF, std::chrono::system_clock::time_point::min()) == kLimit);
  CHECK(clock_difference(0, std::chrono::system_clock::time_point::max()) == -kLimit);
}

TEST_CASE("windows_release: builds map to the releases that share them") {
  const auto release = [](std::uint16_t build) { return windows_release({10, 0, build, 0x0F}); };
  CHECK(release(26100) == "Windows 11 24H2 / Server 2025");
  CHECK(release(20348) == "Windows Server 2022");
  CHECK(release(17763) == "Windows 10 1809 / Server 2019");
  CHECK(windows_release({6, 1, 7601, 0x0F}) == "Windows 7 SP1 / Server 2008 R2 SP1");
  CHECK(release(0).empty());
  CHECK(release(26101).empty());
  CHECK(release(0xFFFF).empty());
}
