#include "probes/wire/banner.h"

#include <algorithm>
#include <cctype>

#include "probes/sanitize.h"

namespace rdpwatch::wire {
namespace {

/// A line that has not ended by then is taken as it is.
constexpr std::size_t kLineBytes = 200;

std::string_view as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string_view first_line(std::string_view text) {
  return text.substr(0, std::min(text.find_first_of("\r\n"), kLineBytes));
}

bool contains_ignoring_case(std::string_view text, std::string_view word) {
  const auto same = [](char a, char b) { return std::toupper(static_cast<unsigned char>(a)) == b; };
  return !std::ranges::search(text, word, same).empty();
}

/// What is known about a product from the bytes so far.
enum class Match : std::uint8_t { No, NotYet, Yes };

Match prefix(std::string_view text, std::string_view word) {
  const auto size = std::min(text.size(), word.size());
  if (text.substr(0, size) != word.substr(0, size)) return Match::No;
  return size == word.size() ? Match::Yes : Match::NotYet;
}

/// A TLS record header: content type 20..24, major version 3, minor version 0..4.
Match tls_record(std::span<const std::uint8_t> bytes) {
  if (!bytes.empty() && (bytes[0] < 20 || 24 < bytes[0])) return Match::No;
  if (1 < bytes.size() && bytes[1] != 3) return Match::No;
  if (2 < bytes.size() && 4 < bytes[2]) return Match::No;
  return bytes.size() < 3 ? Match::NotYet : Match::Yes;
}

/// IAC (255), WILL..DONT (251..254), an option.
Match telnet_option(std::span<const std::uint8_t> bytes) {
  if (!bytes.empty() && bytes[0] != 0xFF) return Match::No;
  if (1 < bytes.size() && bytes[1] < 0xFB) return Match::No;
  if (1 < bytes.size() && bytes[1] == 0xFF) return Match::No;
  return bytes.size() < 3 ? Match::NotYet : Match::Yes;
}

constexpr std::size_t kMysqlVersionOffset = 5;  // length u24le, sequence u8, protocol u8

/// A MySQL packet with sequence 0 that holds a greeting of protocol 10, or error 0xFF: "host is not allowed".
Match mysql_greeting(std::span<const std::uint8_t> bytes) {
  if (2 < bytes.size() && (bytes[1] != 0 || bytes[2] != 0)) return Match::No;
  if (3 < bytes.size() && bytes[3] != 0) return Match::No;
  if (4 < bytes.size() && bytes[4] != 10 && bytes[4] != 0xFF) return Match::No;
  if (!bytes.empty() && bytes[0] < 8) return Match::No;
  if (bytes.size() <= kMysqlVersionOffset) return Match::NotYet;
  const auto rest = bytes.subspan(kMysqlVersionOffset);
  const auto whole = static_cast<std::size_t>(bytes[0] - 1);  // bytes behind the protocol byte
  const bool ended = whole <= rest.size() || (bytes[4] == 10 && std::ranges::find(rest, 0) != rest.end());
  return ended ? Match::Yes : Match::NotYet;
}

std::string mysql_excerpt(std::span<const std::uint8_t> bytes) {
  if (bytes.size() <= kMysqlVersionOffset) return {};
  constexpr std::size_t kErrorNumber = 2;
  auto text = as_text(bytes.subspan(kMysqlVersionOffset));
  if (bytes[4] == 0xFF) text.remove_prefix(std::min(kErrorNumber, text.size()));
  return sanitize(text.substr(0, std::min(text.find('\0'), kLineBytes)));
}

/// "220 ", "220-", "421 ", "530 ", "554 ": how SMTP and FTP servers greet or turn a client away.
Match numbered_greeting(std::string_view text) {
  Match best = Match::No;
  for (const std::string_view code : {"220 ", "220-", "421 ", "421-", "530 ", "554 ", "554-"})
    best = std::max(best, prefix(text, code));
  return best;
}

struct TextProtocol {
  Product product;
  std::string_view start;
};

constexpr TextProtocol kTextProtocols[]{
    {Product::Ssh, "SSH-"},   {Product::Http, "HTTP/"}, {Product::Http, "<html"},
    {Product::Http, "<HTML"}, {Product::Http, "<!DOC"}, {Product::Http, "<!doctype"},
    {Product::Rfb, "RFB "},
};

Product product_of_greeting(std::string_view line) {
  if (contains_ignoring_case(line, "SMTP") || contains_ignoring_case(line, "MAIL")) return Product::Smtp;
  if (contains_ignoring_case(line, "FTP")) return Product::Ftp;
  return Product::MailOrFtp;
}

/// Text protocols are told by their first word, but wait for the end of the line, so that the excerpt does
/// not depend on how the bytes were split.
Match text_protocol(std::string_view text, Product& product) {
  Match best = Match::No;
  for (const auto& [candidate, start] : kTextProtocols) {
    const auto match = prefix(text, start);
    if (match == Match::Yes) product = candidate;
    best = std::max(best, match);
  }
  const auto numbered = numbered_greeting(text);
  if (numbered == Match::Yes) product = product_of_greeting(first_line(text));
  best = std::max(best, numbered);
  const bool line_ended = text.find('\n') != text.npos || kLineBytes <= text.size();
  return best == Match::Yes && !line_ended ? Match::NotYet : best;
}

Banner unknown(std::span<const std::uint8_t> bytes) {
  return {Product::Unknown, "first bytes " + hex_excerpt(bytes)};
}

}  // namespace

std::string_view to_string(Product product) {
  switch (product) {
    case Product::Ssh: return "SSH";
    case Product::Http: return "HTTP";
    case Product::Tls: return "TLS";
    case Product::Rfb: return "RFB (VNC)";
    case Product::Smtp: return "SMTP";
    case Product::Ftp: return "FTP";
    case Product::MailOrFtp: return "SMTP or FTP";
    case Product::Mysql: return "MySQL";
    case Product::Telnet: return "telnet";
    case Product::Unknown: return "unknown protocol";
  }
  return "";
}

std::optional<Banner> recognise_banner(std::span<const std::uint8_t> bytes, bool at_end) {
  const auto text = as_text(bytes);
  Product text_product = Product::Unknown;
  const auto as_line = text_protocol(text, text_product);
  const auto as_tls = tls_record(bytes);
  const auto as_telnet = telnet_option(bytes);
  const auto as_mysql = mysql_greeting(bytes);

  if (as_line == Match::Yes || (at_end && text_product != Product::Unknown))
    return Banner{text_product, sanitize(first_line(text))};
  if (as_tls == Match::Yes) return Banner{Product::Tls, "first bytes " + hex_excerpt(bytes)};
  if (as_telnet == Match::Yes) return Banner{Product::Telnet, "first bytes " + hex_excerpt(bytes)};
  const bool mysql_cut = kMysqlVersionOffset < bytes.size() && as_mysql == Match::NotYet;
  if (as_mysql == Match::Yes || (at_end && mysql_cut)) return Banner{Product::Mysql, mysql_excerpt(bytes)};

  const auto best = std::max({as_line, as_tls, as_telnet, as_mysql});
  if (best == Match::NotYet && !at_end) return std::nullopt;
  return unknown(bytes);
}

std::string describe(const Banner& banner) {
  std::string text{to_string(banner.product)};
  const bool bytes_only = banner.excerpt.starts_with("first bytes");
  if (!banner.excerpt.empty()) text += (bytes_only ? ", " : ": ") + banner.excerpt;
  return text;
}

}  // namespace rdpwatch::wire
