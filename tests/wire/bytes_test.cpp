#include <doctest/doctest.h>

#include "probes/wire/byte_reader.h"
#include "probes/wire/byte_writer.h"
#include "tests/support/hex.h"

using rdpwatch::test::hex;
using rdpwatch::wire::ByteReader;
using rdpwatch::wire::ByteWriter;

TEST_CASE("byte_reader: numbers are read in the order that the name says") {
  const auto bytes = hex("01 0203 0203 04050607 08090a0b0c0d0e0f");
  ByteReader in{bytes};
  CHECK(in.u8() == 1);
  CHECK(in.u16_le() == 0x0302);
  CHECK(in.u16_be() == 0x0203);
  CHECK(in.u32_le() == 0x07060504);
  CHECK(in.u64_le() == 0x0f0e0d0c0b0a0908);
  CHECK(in.rest().empty());
  CHECK_FALSE(in.truncated());
}

TEST_CASE("byte_reader: the first read past the end latches, and later ones yield nothing") {
  const auto bytes = hex("01 02 03");
  ByteReader in{bytes};
  CHECK(in.u32_le() == 0);
  CHECK(in.truncated());
  CHECK(in.u8() == 0);
  CHECK(in.bytes(1).empty());
}

TEST_CASE("byte_reader: taking no bytes at the end is not a truncation") {
  ByteReader in{{}};
  CHECK(in.bytes(0).empty());
  CHECK_FALSE(in.truncated());
}

TEST_CASE("byte_writer: writes what the reader reads") {
  ByteWriter out;
  out.u8(1).u16_le(0x0302).u16_be(0x0203).u32_le(0x07060504).zeros(2).text("ab").bytes(hex("ff"));
  CHECK(out.size() == 14);
  CHECK(std::move(out).take() == hex("01 0203 0203 04050607 0000 6162 ff"));
}
