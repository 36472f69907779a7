#include "probes/wire/banner.h"

#include <string>

#include <doctest/doctest.h>

#include "tests/support/hex.h"

using namespace rdpwatch::wire;
using rdpwatch::test::Bytes;
using rdpwatch::test::hex;

namespace {

Bytes bytes(std::string_view text) { return {text.begin(), text.end()}; }

struct Greeting {
  Bytes bytes;
  Product product;
  std::string excerpt;
};

const Greeting kGreetings[]{
    {bytes("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"), Product::Ssh, "SSH-2.0-OpenSSH_9.2p1 Debian-2"},
    {bytes("HTTP/1.1 400 Bad Request\r\nServer: x\r\n\r\n"), Product::Http, "HTTP/1.1 400 Bad Request"},
    {bytes("<html>\r\n<head>"), Product::Http, "<html>"},
    {bytes("RFB 003.008\n"), Product::Rfb, "RFB 003.008"},
    {bytes("220 mx.example ESMTP ready\r\n"), Product::Smtp, "220 mx.example ESMTP ready"},
    {bytes("554 mail.example no\r\n"), Product::Smtp, "554 mail.example no"},
    {bytes("220-FileZilla Server\r\n220 ok\r\n"), Product::MailOrFtp, "220-FileZilla Server"},
    {bytes("220 (vsFTPd 3.0.3)\r\n"), Product::Ftp, "220 (vsFTPd 3.0.3)"},
    {bytes("421 try later\r\n"), Product::MailOrFtp, "421 try later"},
    {hex("15 03 01 00 02 02 46"), Product::Tls, "first bytes 15 03 01 00 02 02 46"},
    {hex("16 03 03 00 50"), Product::Tls, "first bytes 16 03 03 00 50"},
    {hex("ff fd 18"), Product::Telnet, "first bytes ff fd 18"},
    {hex("4a 000000 0a 382e302e333000 01020304"), Product::Mysql, "8.0.30"},
    {hex("0b 000000 ff 6a04 486f7374203f7878"), Product::Mysql, "Host ?xx"},
    {hex("de ad be ef"), Product::Unknown, "first bytes de ad be ef"},
    {hex("00"), Product::Unknown, "first bytes 00"},
    {bytes("+OK POP3\r\n"), Product::Unknown, "first bytes 2b 4f 4b 20 50 4f 50 33 0d 0a"},
};

}  // namespace

TEST_CASE("banner: each product is recognised, with an excerpt of its greeting") {
  for (const auto& [greeting, product, excerpt] : kGreetings) {
    CAPTURE(excerpt);
    const auto banner = recognise_banner(greeting, false);
    REQUIRE(banner.has_value());
    CHECK(to_string(banner->product) == to_string(product));
    CHECK(banner->excerpt == excerpt);
  }
}

TEST_CASE("banner: more bytes never change what a product was recognised as") {
  for (const auto& [greeting, product, excerpt] : kGreetings) {
    CAPTURE(excerpt);
    for (std::size_t size = 0; size < greeting.size(); ++size) {
      const auto banner = recognise_banner(std::span{greeting}.first(size), false);
      if (banner) CHECK(to_string(banner->product) == to_string(product));
    }
  }
}

TEST_CASE("banner: at the end there is always an answer, if only the bytes") {
  for (const auto& [greeting, product, excerpt] : kGreetings)
    for (std::size_t size = 0; size <= greeting.size(); ++size)
      CHECK(recognise_banner(std::span{greeting}.first(size), true).has_value());
  CHECK(recognise_banner(bytes("SSH-2.0-cut"), true)->product == Product::Ssh);
  CHECK(recognise_banner(bytes("22"), true)->product == Product::Unknown);
  CHECK(recognise_banner(hex("4a 000000 0a 382e30"), true)->product == Product::Mysql);
}

TEST_CASE("banner: a line that never ends is cut, and control characters do not get through") {
  const auto endless = recognise_banner(bytes("SSH-" + std::string(1'000, 'x')), false);
  REQUIRE(endless.has_value());
  CHECK(endless->excerpt.size() == 200);
  const auto evil = recognise_banner(bytes("SSH-\x1b[2J\x07\n"), false);
  REQUIRE(evil.has_value());
  CHECK(evil->excerpt.find('\x1b') == std::string::npos);
}

TEST_CASE("banner: descriptions name the product and show the excerpt") {
  CHECK(describe({Product::Ssh, "SSH-2.0-x"}) == "SSH: SSH-2.0-x");
  CHECK(describe({Product::Unknown, "first bytes 00"}) == "unknown protocol, first bytes 00");
  CHECK(describe({Product::Mysql, ""}) == "MySQL");
}
