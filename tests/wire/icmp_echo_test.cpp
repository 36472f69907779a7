#include "probes/wire/icmp_echo.h"

#include <doctest/doctest.h>

#include "tests/support/hex.h"

using namespace rdpwatch::wire;
using rdpwatch::test::hex;

TEST_CASE("icmp_echo: a request carries id, sequence and a checksum that sums up to nothing") {
  const auto request = encode_echo_request(false, {0x1234, 7});
  REQUIRE(request.size() == 16);
  CHECK(request[0] == 8);
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < request.size(); i += 2)
    sum += static_cast<std::uint32_t>(request[i] << 8 | request[i + 1]);
  CHECK(((sum & 0xFFFF) + (sum >> 16)) == 0xFFFF);
  CHECK(encode_echo_request(true, {1, 2}).front() == 128);
}

TEST_CASE("icmp_echo: a reply is read, whatever is cut off is not") {
  const auto reply = hex("0000 ffff 1234 0007");
  for (std::size_t size = 0; size < reply.size(); ++size)
    CHECK_FALSE(decode_echo_reply(false, std::span{reply}.first(size)));
  const auto echo = decode_echo_reply(false, reply);
  REQUIRE(echo);
  CHECK(echo->id == 0x1234);
  CHECK(echo->sequence == 7);
}

TEST_CASE("icmp_echo: a request is known again by what an ICMP error brings back of it") {
  for (const bool v6 : {false, true}) {
    const auto request = encode_echo_request(v6, {0x1234, 7});
    const auto echo = decode_echo_request(v6, std::span{request}.first(8));
    REQUIRE(echo);
    CHECK(echo->id == 0x1234);
    CHECK(echo->sequence == 7);
    CHECK_FALSE(decode_echo_request(v6, std::span{request}.first(7)));
    CHECK_FALSE(decode_echo_request(!v6, request));
  }
}

TEST_CASE("icmp_echo: our own request, which loopback shows as well, is no reply") {
  CHECK_FALSE(decode_echo_reply(false, encode_echo_request(false, {1, 2})));
  CHECK_FALSE(decode_echo_reply(true, hex("0000 ffff 1234 0007")));
  CHECK(decode_echo_reply(true, hex("8100 ffff 1234 0007")));
}

TEST_CASE("icmp_echo: the IPv4 header is left out by its own length") {
  std::vector<std::uint8_t> packet(24, 0);
  packet[0] = 0x46;
  packet.push_back(9);
  const auto payload = without_ip_header(packet);
  REQUIRE(payload);
  CHECK(payload->size() == 1);
  packet[0] = 0x44;
  CHECK_FALSE(without_ip_header(packet));
  packet[0] = 0x4F;
  CHECK_FALSE(without_ip_header(packet));
  CHECK_FALSE(without_ip_header({}));
}
