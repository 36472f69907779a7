#include "probes/wire/x224.h"

#include <utility>

#include <doctest/doctest.h>

#include "probes/wire/tpkt.h"
#include "tests/support/hex.h"

using namespace rdpwatch::wire;
using rdpwatch::test::hex;
using rdpwatch::test::hex_file;

TEST_CASE("tpkt: the length is known after four bytes") {
  const auto bytes = hex("03 00 00 13");
  CHECK(tpkt_length(bytes) == 19);
  for (std::size_t size = 0; size < bytes.size(); ++size)
    CHECK(tpkt_length(std::span{bytes}.first(size)) == std::unexpected{DecodeError::Truncated});
}

TEST_CASE(
    "tpkt: another version is refused by its first byte, a length below the smallest TPDU by its value") {
  CHECK(tpkt_length(hex("04")) == std::unexpected{DecodeError::UnexpectedType});
  CHECK(tpkt_length(hex("03 00 00 06")) == std::unexpected{DecodeError::BadLength});
  CHECK(tpkt_length(hex("03 00 00 07")) == 7);
  CHECK(tpkt_length(hex("03 00 ff ff")) == 0xFFFF);
  CHECK(tpkt_length(hex("03 99 00 07")) == 7);  // reserved
}

TEST_CASE("tpkt: encoding puts the header before the TPDU") {
  CHECK(encode_tpkt(hex("02 f0 80")) == hex("03 00 00 07 02 f0 80"));
}

TEST_CASE("x224: the request of the specification comes out byte for byte") {
  const ConnectionRequest request{"eltons", NegRequest{0, 0}};
  CHECK(encode(request) == hex_file("tests/vectors/bcgr-x224-connection-request.hex"));
}

TEST_CASE("x224: a request without cookie, and one without negotiation data") {
  CHECK(encode(ConnectionRequest{"", NegRequest{0, 0x0B}}) ==
        hex("03000013 0ee00000000000 010008000b000000"));
  CHECK(encode(ConnectionRequest{}) == hex("0300000b 06e00000000000"));
}

TEST_CASE("x224: a cookie cannot end its own line, and not exceed the length indicator") {
  const auto clean = encode(ConnectionRequest{"ab", NegRequest{0, 1}});
  CHECK(encode(ConnectionRequest{"a\r\n\x01 \xff"
                                 "b",
                                 NegRequest{0, 1}}) == clean);
  const auto longest = encode(ConnectionRequest{std::string(5'000, 'x'), NegRequest{0, 1}});
  CHECK(longest.size() == tpkt_length(longest));
  CHECK(longest.size() == std::size_t{longest[4]} + 5);
}

TEST_CASE("x224: the confirm of the specification is read") {
  const auto tpdu = decode_server_tpdu(hex_file("tests/vectors/bcgr-x224-connection-confirm.hex"));
  REQUIRE(bool{tpdu});
  const auto reply = std::get<ConnectionConfirm>(*tpdu).negotiation;
  REQUIRE(bool{reply});
  CHECK(std::get<NegResponse>(*reply).selected_protocol == 0);
  CHECK(std::get<NegResponse>(*reply).flags == 0);
}

TEST_CASE("x224: every truncation of a confirm asks for more, and nothing else") {
  const auto confirm = hex("03000013 0ed00000123400 021f080002000000");
  for (std::size_t size = 0; size < confirm.size(); ++size) {
    CAPTURE(size);
    CHECK(decode_server_tpdu(std::span{confirm}.first(size)).error() == DecodeError::Truncated);
  }
  REQUIRE(bool{decode_server_tpdu(confirm)});
}

TEST_CASE("x224: each failure code is kept, named or not") {
  for (const int code : {0, 1, 2, 3, 4, 5, 6, 7, 0xFF}) {
    CAPTURE(code);
    auto confirm = hex("03000013 0ed00000123400 0300080000000000");
    confirm[15] = static_cast<std::uint8_t>(code);
    const auto tpdu = decode_server_tpdu(confirm);
    REQUIRE(bool{tpdu});
    const auto failure = std::get<NegFailure>(std::get<ConnectionConfirm>(*tpdu).negotiation.value());
    CHECK(std::to_underlying(failure.code) == static_cast<std::uint32_t>(code));
    CHECK(name_of(failure.code).empty() == (code < 1 || 6 < code));
  }
}

TEST_CASE("x224: refusals below the negotiation carry their reason") {
  const auto disconnect = decode_server_tpdu(hex("0300000b 06800000000003"));
  REQUIRE(bool{disconnect});
  CHECK(std::get<DisconnectTpdu>(*disconnect).reason == 3);
  const auto error = decode_server_tpdu(hex("03000009 0470000002"));
  REQUIRE(bool{error});
  CHECK(std::get<ErrorTpdu>(*error).reject_cause == 2);
  const auto bare = decode_server_tpdu(hex("03000007 028000"));
  REQUIRE(bool{bare});
  CHECK_FALSE(std::get<DisconnectTpdu>(*bare).reason.has_value());
}

TEST_CASE("x224: what is wrong with an answer is seen in its first bytes") {
  const auto error_of = [](std::string_view text) { return decode_server_tpdu(hex(text)).error(); };
  CHECK(error_of("5353482d") == DecodeError::UnexpectedType);
  CHECK(error_of("03000400 0ed0") == DecodeError::TooLong);
  CHECK(error_of("03000014 0ed0") == DecodeError::BadLength);  // one more than the indicator says
  CHECK(error_of("03000013 0dd0") == DecodeError::BadLength);
  CHECK(error_of("03000013 0ee0") == DecodeError::UnexpectedType);
  CHECK(error_of("03000007 02f080") == DecodeError::UnexpectedType);
}

TEST_CASE("x224: negotiation data must be whole, and nothing may follow it") {
  const auto error_of = [](std::string_view text) { return decode_server_tpdu(hex(text)).error(); };
  CHECK(error_of("0300000a 05d000001234") == DecodeError::BadLength);                     // no class
  CHECK(error_of("0300000f 0ad00000123400 02000800") == DecodeError::BadLength);          // half
  CHECK(error_of("03000013 0ed00000123400 0200070001000000") == DecodeError::BadLength);  // its length
  CHECK(error_of("03000014 0fd00000123400 020008000100000000") == DecodeError::BadLength);
  CHECK(error_of("03000013 0ed00000123400 0400080001000000") == DecodeError::UnexpectedType);
  CHECK(error_of("0300000b 06d00000123400 00") == DecodeError::BadLength);  // behind the TPKT
}

TEST_CASE("nego: security protocols have names, unknown ones have none") {
  for (const auto known : {0u, 1u, 2u, 4u, 8u, 16u}) CHECK_FALSE(name_of(SecurityProtocol{known}).empty());
  CHECK(name_of(SecurityProtocol{3}).empty());
}
