#include "probes/net/dns_message.h"

#include <utility>

#include <doctest/doctest.h>

#include "tests/support/hex.h"

using namespace rdpwatch;
using namespace rdpwatch::net;
using test::hex;

namespace {

// www.a. asked for A: CNAME x.a. (ttl 30), x.a. A 10.0.0.1 (ttl 60); the owner of the second record is a
// pointer into the data of the first.
const auto kAliased =
    hex("1234 8180 0001 0002 0000 0000"
        "03777777 0161 00 0001 0001"
        "c00c 0005 0001 0000001e 0004 0178c010"
        "c023 0001 0001 0000003c 0004 0a000001");

}  // namespace

TEST_CASE("dns message: an alias is followed and the smallest TTL of the chain counts") {
  const auto answer = decode_dns_answer(kAliased, DnsType::A);
  REQUIRE(answer.has_value());
  CHECK(answer->code == DnsCode::NoError);
  CHECK(answer->alias == "x.a");
  REQUIRE(answer->addresses.size() == 1);
  CHECK(answer->addresses[0].to_string() == "10.0.0.1");
  CHECK(answer->ttl == std::chrono::seconds{30});
}

TEST_CASE("dns message: every truncation is an error, never an address") {
  for (std::size_t size = 0; size < kAliased.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(decode_dns_answer(std::span{kAliased}.first(size), DnsType::A).has_value());
  }
}

TEST_CASE("dns message: no change of one byte is read past the end") {
  auto bytes = kAliased;
  for (auto& byte : bytes)
    for (const int value : {0x00, 0x3f, 0x40, 0x80, 0xc0, 0xff}) {
      const auto kept = std::exchange(byte, static_cast<std::uint8_t>(value));
      const auto answer = decode_dns_answer(bytes, DnsType::A);
      if (answer) CHECK(answer->addresses.size() <= 1);
      byte = kept;
    }
}

TEST_CASE("dns message: every response code is kept, named or not") {
  auto bytes = hex("1234 8180 0001 0000 0000 0000 0161 00 0001 0001");
  for (std::uint8_t code = 0; code < 16; ++code) {
    bytes[3] = static_cast<std::uint8_t>(0x80 | code);
    const auto answer = decode_dns_answer(bytes, DnsType::A);
    REQUIRE(answer.has_value());
    CHECK(answer->code == DnsCode{code});
  }
  CHECK(to_text(DnsCode::ServFail) == "SERVFAIL");
  CHECK(to_text(DnsCode{11}) == "rcode 11");
}

TEST_CASE("dns message: records of other owners, types and classes are passed over") {
  const auto answer = decode_dns_answer(hex("1234 8180 0001 0003 0000 0000 0161 00 0001 0001"
                                            "0162 00 0001 0001 0000003c 0004 0a000001"  // owner b
                                            "c00c 0010 0001 0000003c 0002 0178"         // TXT
                                            "c00c 0001 0003 0000003c 0004 0a000002"),   // class CH
                                        DnsType::A);
  REQUIRE(answer.has_value());
  CHECK(answer->addresses.empty());
  CHECK_FALSE(answer->alias_loop);
}

TEST_CASE("dns message: a TTL with the highest bit set is zero") {
  const auto answer = decode_dns_answer(
      hex("1234 8180 0001 0001 0000 0000 0161 00 0001 0001 c00c 0001 0001 8000003c 0004 0a000001"),
      DnsType::A);
  REQUIRE(answer.has_value());
  CHECK(answer->addresses.size() == 1);
  CHECK(answer->ttl == std::chrono::seconds{0});
}

TEST_CASE("dns message: a name of 255 bytes is the longest, however it is written") {
  // Three labels of 63 bytes and one of `last`, of control characters, which c-ares writes as escapes.
  const auto answer = [](std::uint8_t last) {
    auto bytes = hex("1234 8180 0001 0000 0000 0000");
    for (const std::uint8_t size : {std::uint8_t{63}, std::uint8_t{63}, std::uint8_t{63}, last}) {
      bytes.push_back(size);
      bytes.insert(bytes.end(), size, 0x1B);
    }
    const auto end = hex("00 0001 0001");
    bytes.insert(bytes.end(), end.begin(), end.end());
    return decode_dns_answer(bytes, DnsType::A);
  };
  CHECK(answer(61).has_value());
  CHECK(answer(62).error() == "question cannot be read");
}

TEST_CASE("dns message: a question, another number of questions, an odd address are malformed") {
  CHECK_FALSE(decode_dns_answer(hex("1234 0100 0001 0000 0000 0000 0161 00 0001 0001"), DnsType::A));
  CHECK_FALSE(decode_dns_answer(hex("1234 8180 0002 0000 0000 0000 0161 00 0001 0001"), DnsType::A));
  CHECK_FALSE(decode_dns_answer(
      hex("1234 8180 0001 0001 0000 0000 0161 00 0001 0001 c00c 0001 0001 0000003c 0003 0a0000"),
      DnsType::A));
}
