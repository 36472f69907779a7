#include "tests/rdpsim/messages.h"

#include <algorithm>
#include <array>
#include <utility>

namespace rdpwatch::rdpsim {
namespace {

void put(Bytes& out, std::uint64_t value, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

void append(Bytes& out, const Bytes& more) { out.insert(out.end(), more.begin(), more.end()); }

Bytes from_text(std::string_view text) { return {text.begin(), text.end()}; }

/// TPKT (RFC 1006 section 6) around a TPDU whose length indicator is put in front.
Bytes tpkt(const Bytes& tpdu) {
  const std::size_t length = 5 + tpdu.size();
  Bytes out{3, 0, static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length),
            static_cast<std::uint8_t>(tpdu.size())};
  append(out, tpdu);
  return out;
}

Bytes confirm_with(std::uint8_t type, std::uint8_t flags, std::uint32_t value) {
  Bytes tpdu{0xD0, 0x00, 0x00, 0x12, 0x34, 0x00, type, flags, 0x08, 0x00};
  put(tpdu, value, 4);
  return tpkt(tpdu);
}

Bytes der(std::uint8_t tag, const Bytes& content) {
  Bytes out{tag};
  const std::size_t size = content.size();
  if (size < 0x80) {
    out.push_back(static_cast<std::uint8_t>(size));
  } else if (size < 0x100) {
    out.insert(out.end(), {0x81, static_cast<std::uint8_t>(size)});
  } else {
    out.insert(out.end(), {0x82, static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)});
  }
  append(out, content);
  return out;
}

/// UTF-16LE of ASCII text; other bytes are taken as Latin-1.
Bytes utf16(std::string_view text) {
  Bytes out;
  for (const char c : text) put(out, static_cast<std::uint8_t>(c), 2);
  return out;
}

void av_pair(Bytes& out, std::uint16_t id, const Bytes& value) {
  put(out, id, 2);
  put(out, value.size(), 2);
  append(out, value);
}

/// FILETIME: 100 ns since 1601.
std::uint64_t filetime(milliseconds skew) {
  const auto now = std::chrono::system_clock::now().time_since_epoch() + skew;
  constexpr std::int64_t kUnixEpoch = 116'444'736'000'000'000;
  return static_cast<std::uint64_t>(kUnixEpoch +
                                    std::chrono::duration_cast<std::chrono::nanoseconds>(now).count() / 100);
}

Bytes target_info(const NlaBehaviour& nla, const Identity& identity) {
  Bytes out;
  const std::array<std::pair<std::uint16_t, const std::string*>, 5> names{{{2, &identity.domain},
                                                                           {1, &identity.computer},
                                                                           {4, &identity.dns_domain},
                                                                           {3, &identity.dns_name},
                                                                           {5, &identity.forest}}};
  for (const auto& [id, name] : names)
    if (!name->empty()) av_pair(out, id, utf16(*name));
  if (nla.timestamp) {
    Bytes time;
    put(time, filetime(nla.skew), 8);
    av_pair(out, 7, time);
  }
  av_pair(out, 0, {});
  return out;
}

constexpr std::string_view kHttp =
    "HTTP/1.1 400 Bad Request\r\nServer: sim\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

}  // namespace

Bytes confirm(std::uint8_t flags, std::uint32_t protocol) { return confirm_with(2, flags, protocol); }
Bytes failure(std::uint32_t code) { return confirm_with(3, 0, code); }
Bytes bare_confirm() { return tpkt({0xD0, 0x00, 0x00, 0x12, 0x34, 0x00}); }
Bytes disconnect_request() { return tpkt({0x80, 0x00, 0x00, 0x12, 0x34, 0x80}); }
Bytes error_tpdu() { return tpkt({0x70, 0x00, 0x00, 0x02}); }

std::optional<std::uint32_t> requested_protocols(const Bytes& tpdu) {
  constexpr std::size_t kFixedPart = 11;
  constexpr std::size_t kRequest = 8;
  std::size_t at = kFixedPart;
  if (at < tpdu.size() && tpdu[at] != 0x01) {  // a cookie or token ends with CR LF
    while (at + 1 < tpdu.size() && !(tpdu[at] == '\r' && tpdu[at + 1] == '\n')) ++at;
    at += 2;
  }
  if (tpdu.size() < at + kRequest || tpdu[at] != 0x01 || tpdu[at + 2] != kRequest) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value |= std::uint32_t{tpdu[at + 4 + i]} << (8 * i);
  return value;
}

Bytes tls_alert(std::uint8_t description) { return {0x15, 0x03, 0x03, 0x00, 0x02, 0x02, description}; }

std::optional<Bytes> banner(std::string_view name) {
  if (name == "ssh") return from_text("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n");
  if (name == "http") return from_text(kHttp);
  if (name == "rfb") return from_text("RFB 003.008\n");
  if (name == "smtp") return from_text("220 mail.sim.example ESMTP ready\r\n");
  if (name == "ftp") return from_text("220 (vsFTPd 3.0.3)\r\n");
  if (name == "telnet") return Bytes{0xFF, 0xFD, 0x18, 0xFF, 0xFD, 0x20, 0xFF, 0xFD, 0x23};
  if (name == "unknown") return from_text("READY sim/1.0 serial console\r\n");
  if (name == "tls_alert") return Bytes{0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x0A};
  if (name == "tls_record") return Bytes{0x16, 0x03, 0x03, 0x00, 0x04, 0x0E, 0x00, 0x00, 0x00};
  if (name == "mysql") {
    constexpr std::string_view kGreeting{
        "\x0a"
        "8.0.36\0\x08\0\0\0abcdefgh\0\xff\xf7",
        23};
    Bytes packet{static_cast<std::uint8_t>(kGreeting.size()), 0, 0, 0};
    append(packet, from_text(kGreeting));
    return packet;
  }
  return std::nullopt;
}

Bytes ntlm_challenge(const NlaBehaviour& nla, const Identity& identity, std::uint64_t challenge) {
  constexpr std::size_t kHeader = 56;
  constexpr std::uint32_t kFlags = 0xE2898235;  // as a domain member answers; TARGET_TYPE_DOMAIN
  const Bytes target = utf16(identity.domain);
  const Bytes info = target_info(nla, identity);
  Bytes out = from_text({"NTLMSSP\0", 8});
  put(out, 2, 4);
  put(out, target.size(), 2);
  put(out, target.size(), 2);
  put(out, kHeader, 4);
  put(out, kFlags, 4);
  put(out, challenge, 8);
  put(out, 0, 8);
  put(out, info.size(), 2);
  put(out, info.size(), 2);
  put(out, kHeader + target.size(), 4);
  out.insert(out.end(), {nla.major, nla.minor});
  put(out, nla.build, 2);
  out.insert(out.end(), {0, 0, 0, 0x0F});
  append(out, target);
  append(out, info);
  return out;
}

Bytes spnego_answer(const Bytes& token, bool kerberos) {
  const Bytes ntlm_oid{0x06, 0x0A, 0x2B, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0A};
  const Bytes kerberos_oid{0x06, 0x09, 0x2A, 0x86, 0x48, 0x82, 0xF7, 0x12, 0x01, 0x02, 0x02};
  Bytes fields = der(0xA0, {0x0A, 0x01, 0x01});
  append(fields, der(0xA1, kerberos ? kerberos_oid : ntlm_oid));
  if (!kerberos) append(fields, der(0xA2, der(0x04, token)));
  return der(0xA1, der(0x30, fields));
}

Bytes ts_request(unsigned version, const std::optional<Bytes>& token, std::optional<std::uint32_t> error,
                 bool error_in_five_bytes) {
  Bytes fields = der(0xA0, der(0x02, {static_cast<std::uint8_t>(version)}));
  if (token) append(fields, der(0xA1, der(0x30, der(0x30, der(0xA0, der(0x04, *token))))));
  if (error) {
    Bytes integer;
    if (error_in_five_bytes) integer.push_back(0);
    for (int shift = 24; 0 <= shift; shift -= 8)
      integer.push_back(static_cast<std::uint8_t>(*error >> shift));
    append(fields, der(0xA4, der(0x02, integer)));
  }
  return der(0x30, fields);
}

std::optional<std::size_t> der_length(const Bytes& bytes) {
  if (!bytes.empty() && bytes[0] != 0x30) return 0;
  if (bytes.size() < 2) return std::nullopt;
  if (bytes[1] < 0x80) return 2U + bytes[1];
  const std::size_t width = bytes[1] & 0x7FU;
  if (width == 0 || 4 < width) return 0;
  if (bytes.size() < 2 + width) return std::nullopt;
  std::size_t length = 0;
  for (std::size_t i = 0; i < width; ++i) length = length << 8 | bytes[2 + i];
  return 2 + width + length;
}

}  // namespace rdpwatch::rdpsim
