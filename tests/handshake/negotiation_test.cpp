#include "probes/handshake/negotiation.h"

#include <string>

#include <doctest/doctest.h>

#include "probes/taxonomy/taxonomy.h"
#include "tests/handshake/feed.h"

using namespace rdpwatch;
using namespace rdpwatch::test;
using handshake::Negotiation;
using handshake::NegotiationOffer;

namespace {

Bytes text(std::string_view value) { return {value.begin(), value.end()}; }

Bytes confirm_with(std::uint8_t type, std::uint32_t value) {
  auto bytes = hex("03000013 0ed00000123400 0000080000000000");
  bytes[11] = type;
  for (std::size_t i = 0; i < 4; ++i) bytes[15 + i] = static_cast<std::uint8_t>(value >> 8 * i);
  return bytes;
}

Observation failure_of(std::span<const std::uint8_t> bytes, NegotiationOffer offer = {}) {
  const auto result = answer(Negotiation{std::move(offer)}, bytes);
  REQUIRE_FALSE(bool{result});
  return result.error();
}

struct Capture {
  const char* name;
  bool negotiation_data;
  std::uint32_t selected;
  std::uint8_t flags;
  Cause cause;  // Unclassified: the climb goes on
};

constexpr Capture kCaptures[]{
    {"freerdp2-nla", true, 2, 0x03, Cause::Unclassified},
    {"freerdp2-tls", true, 1, 0x03, Cause::Unclassified},
    {"gnome-remote-desktop43", true, 2, 0x03, Cause::Unclassified},
    {"weston-tls", true, 1, 0x01, Cause::Unclassified},
    {"xrdp-tls", true, 1, 0x01, Cause::Unclassified},
    {"xrdp-rdp-security", true, 0, 0x01, Cause::Unclassified},
    {"xrdp-tls-asked-nothing", false, 0, 0, Cause::Unclassified},
    {"freerdp2-nla-asked-tls-only", false, 0, 0, Cause::NlaRequired},
    {"freerdp2-rdp-asked-tls", false, 0, 0, Cause::TlsNotAllowed},
    {"xrdp-no-certificate", false, 0, 0, Cause::CertificateMissing},
    {"xrdp-tls-asked-rdp-only", false, 0, 0, Cause::TlsRequired},
};

}  // namespace

TEST_CASE("negotiation: the request offers what a current client offers, under our cookie") {
  Negotiation machine;
  CHECK(first_send(machine) == hex("0300002e 29e00000000000"
                                   "436f6f6b69653a206d737473686173683d72647077617463680d0a"
                                   "010008000b000000"));
  Negotiation tls_only{{.protocols = handshake::kOfferTlsOnly, .cookie = ""}};
  CHECK(first_send(tls_only) == hex("03000013 0ee00000000000 0100080001000000"));
}

TEST_CASE("negotiation: captured answers, in one piece and byte by byte") {
  for (const auto& [name, negotiation_data, selected, flags, cause] : kCaptures) {
    CAPTURE(name);
    const auto bytes = hex_file(std::string{"tests/corpus/captures/"} + name + ".confirm.hex");
    for (const auto& result : {answer(Negotiation{}, bytes), answer_slowly(Negotiation{}, bytes)}) {
      REQUIRE(result.has_value() == (cause == Cause::Unclassified));
      if (result) {
        CHECK(result->negotiation_data == negotiation_data);
        CHECK(result->selected_protocol == selected);
        CHECK(result->flags == flags);
      } else {
        CHECK(result.error().cause == cause);
      }
    }
  }
}

TEST_CASE("negotiation: every failure code has its cause, and keeps its number") {
  constexpr Cause kCauses[]{Cause::FailureCodeUnknown,       Cause::TlsRequired,       Cause::TlsNotAllowed,
                            Cause::CertificateMissing,       Cause::InconsistentFlags, Cause::NlaRequired,
                            Cause::ClientCertificateRequired};
  for (std::uint32_t code = 0; code < 300; ++code) {
    CAPTURE(code);
    const auto failure = failure_of(confirm_with(3, code));
    CHECK(failure.cause == (code < std::size(kCauses) ? kCauses[code] : Cause::FailureCodeUnknown));
    CHECK(failure.code == code);
  }
  CHECK(failure_of(confirm_with(3, 0xFFFFFFFF)).code == 0xFFFFFFFF);
  CHECK(failure_of(confirm_with(3, 5)).detail ==
        "server refused the negotiation with failure code 5 (HYBRID_REQUIRED_BY_SERVER)");
}

TEST_CASE("negotiation: failure code 5 is read however the bytes are split") {
  const auto confirm = confirm_with(3, 5);
  for (std::size_t split = 1; split < confirm.size(); ++split) {
    CAPTURE(split);
    Negotiation machine;
    first_send(machine);
    REQUIRE(std::holds_alternative<handshake::Receive>(machine.step(std::span{confirm}.first(split))));
    const auto last = machine.step(std::span{confirm}.subspan(split));
    CHECK(std::get<2>(last).error().cause == Cause::NlaRequired);
  }
}

TEST_CASE("negotiation: only what was offered may be selected, and RDP security always") {
  for (std::uint32_t selected = 0; selected < 40; ++selected) {
    CAPTURE(selected);
    const auto result = answer(Negotiation{}, confirm_with(2, selected));
    const bool single_bit_of_offer = selected == 1 || selected == 2 || selected == 8;
    CHECK(result.has_value() == (selected == 0 || single_bit_of_offer));
    if (!result) CHECK(result.error().cause == Cause::ProtocolMismatch);
    if (!result) CHECK(result.error().code == selected);
  }
  CHECK(failure_of(confirm_with(2, 2), {.protocols = handshake::kOfferTlsOnly}).cause ==
        Cause::ProtocolMismatch);
  CHECK(failure_of(confirm_with(2, 0x80000000)).cause == Cause::ProtocolMismatch);
}

TEST_CASE("negotiation: refusals below the negotiation carry their reason") {
  const auto disconnect = failure_of(hex("0300000b 06800000000003"));
  CHECK(disconnect.cause == Cause::DisconnectRequest);
  CHECK(disconnect.code == 3);
  const auto error = failure_of(hex("03000009 0470000002"));
  CHECK(error.cause == Cause::ErrorTpdu);
  CHECK(error.code == 2);
}

TEST_CASE("negotiation: other products are named by their greeting") {
  const auto ssh = failure_of(text("SSH-2.0-OpenSSH_9.2\r\n"));
  CHECK(ssh.cause == Cause::NotRdp);
  CHECK(ssh.detail == "SSH: SSH-2.0-OpenSSH_9.2");
  CHECK(failure_of(text("HTTP/1.1 400 Bad Request\r\n")).detail == "HTTP: HTTP/1.1 400 Bad Request");
  CHECK(failure_of(hex("1603030050")).cause == Cause::TlsFirst);
  CHECK(failure_of(hex("15030100020246")).cause == Cause::TlsFirst);
  CHECK(failure_of(hex("deadbeef")).detail == "unknown protocol, first bytes de ad be ef");
  const auto slowly = answer_slowly(Negotiation{}, text("RFB 003.008\n"));
  CHECK(slowly.error().detail == "RFB (VNC): RFB 003.008");
}

TEST_CASE("negotiation: what is no confirm is malformed, at the first byte that shows it") {
  for (const char* bytes : {"03000006", "03000400", "03000013 0d d0", "03000012 0e d0", "03000013 0e e0",
                            "0300001c 02f0", "03000013 0ed00000123400 0500080001000000",
                            "03000013 0ed00000123400 0200090001000000", "0300000f 0ad00000123400 02000800"}) {
    CAPTURE(bytes);
    CHECK(failure_of(hex(bytes)).cause == Cause::Malformed);
    CHECK(answer_slowly(Negotiation{}, hex(bytes)).error().cause == Cause::Malformed);
  }
  CHECK(failure_of(hex("03000400")).detail == "answer of 1024 bytes announced, first bytes 03 00 04 00");
  CHECK(failure_of(hex("03000013 0ee0")).detail.starts_with("a connection request came back"));
}

TEST_CASE("negotiation: nothing may follow the confirm, but a refusal stays a refusal") {
  auto bytes = confirm_with(2, 1);
  bytes.push_back('x');
  CHECK(failure_of(bytes).cause == Cause::Malformed);
  CHECK(failure_of(bytes).detail == "1 bytes behind the confirm, 78");
  auto refusal = confirm_with(3, 5);
  refusal.push_back('x');
  CHECK(failure_of(refusal).cause == Cause::NlaRequired);
}

TEST_CASE("negotiation: each truncation of a confirm tells how far it came") {
  const auto confirm = confirm_with(2, 1);
  for (const Cause end : {Cause::Closed, Cause::Reset, Cause::Timeout}) {
    for (std::size_t size = 0; size < confirm.size(); ++size) {
      CAPTURE(size);
      CHECK(cut_after(Negotiation{}, std::span{confirm}.first(size), end).cause == end);
    }
  }
  const auto detail = [&](std::size_t size, Cause end) {
    return cut_after(Negotiation{}, std::span{confirm}.first(size), end).detail;
  };
  CHECK(detail(0, Cause::Closed) == "connection closed after the connection request");
  CHECK(detail(0, Cause::Timeout) == "silence after the connection request");
  CHECK(detail(1, Cause::Reset) == "connection reset after 1 byte of the connection confirm");
  CHECK(detail(7, Cause::Closed) == "connection closed after 7 of 19 bytes of the connection confirm");
}

TEST_CASE("negotiation: a greeting that is cut off still names the product, however the stream ends") {
  for (const Cause end : {Cause::Closed, Cause::Reset, Cause::Timeout}) {
    const auto ssh = cut_after(Negotiation{}, text("SSH-2.0-cut"), end);
    CHECK(ssh.cause == Cause::NotRdp);
    CHECK(ssh.detail == "SSH: SSH-2.0-cut");
    CHECK(cut_after(Negotiation{}, hex("16"), end).cause == Cause::NotRdp);
  }
}

TEST_CASE("negotiation: a greeting that never ends is bounded") {
  Negotiation machine;
  first_send(machine);
  CHECK(std::get<2>(machine.step(text("220-" + std::string(70'000, 'x')))).error().cause == Cause::Malformed);
  CHECK(failure_of(text("220-" + std::string(60'000, 'x'))).detail.size() <= 256);
}

TEST_CASE("negotiation: an SSH banner on 3389 means the name or the port is wrong") {
  const auto failure = failure_of(text("SSH-2.0-x\n"));
  CHECK(classify(Phase::Negotiate, failure.cause).reason == "x224_not_rdp");
}
