#include <algorithm>
#include <array>

#include <arpa/inet.h>

#include "config/values.h"

namespace rdpwatch::config {
namespace {

using std::unexpected;

constexpr std::size_t kMaxHostBytes = 1024;

std::string quote(std::string_view text) { return "\"" + std::string{text} + "\""; }

std::string join(std::string_view host, std::uint16_t port) {
  const bool is_ipv6 = host.find(':') != std::string_view::npos;
  return (is_ipv6 ? "[" + std::string{host} + "]" : std::string{host}) + ":" + std::to_string(port);
}

Parsed<std::uint16_t> parse_port(std::string_view text, std::int64_t lowest) {
  const auto port = parse_integer(text);
  if (!port) return unexpected{"port " + port.error()};
  if (*port < lowest || 65535 < *port) return unexpected{"port " + std::string{text} + " is out of range"};
  return static_cast<std::uint16_t>(*port);
}

/// What can never be a host. Names that are merely unusual are left to the resolve phase, which has a
/// reason for them.
std::string host_fault(std::string_view host) {
  if (host.empty()) return "the host is empty";
  if (kMaxHostBytes < host.size())
    return "the host is longer than " + std::to_string(kMaxHostBytes) + " bytes";
  if (std::ranges::any_of(host, [](char c) { return (0 <= c && c <= ' ') || c == 0x7F; }))
    return quote(host) + " has blanks or control characters";
  if (host.find("://") != std::string_view::npos || host.find('/') != std::string_view::npos)
    return quote(host) + " is not a host name";
  if (is_address_pattern(host) && !canonical_address(host)) return quote(host) + " is not an IPv4 address";
  return {};
}

Parsed<HostPort> split(std::string_view text, std::int64_t lowest_port) {
  HostPort result;
  std::string_view port_text;
  bool has_port = false;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return unexpected{quote(text) + " lacks its closing bracket"};
    const auto rest = text.substr(close + 1);
    result.host = text.substr(1, close - 1);
    if (!canonical_address(result.host) || result.host.find(':') == std::string::npos)
      return unexpected{quote(result.host) + " is not an IPv6 address"};
    if (!rest.empty() && rest[0] != ':')
      return unexpected{quote(text) + " has " + quote(rest) + " after its bracket"};
    has_port = !rest.empty();
    if (has_port) port_text = rest.substr(1);
  } else if (1 < std::ranges::count(text, ':') && text.find("://") == std::string_view::npos) {
    if (!canonical_address(text)) return unexpected{quote(text) + " is not an IPv6 address"};
    result.host = text;
  } else {
    const auto colon = text.find("://") == std::string_view::npos ? text.find(':') : std::string_view::npos;
    result.host = text.substr(0, colon);
    has_port = colon != std::string_view::npos;
    if (has_port) port_text = text.substr(colon + 1);
  }
  if (has_port) {
    const auto port = parse_port(port_text, lowest_port);
    if (!port) return unexpected{port.error()};
    result.port = *port;
  }
  return result;
}

}  // namespace

bool is_address_pattern(std::string_view text) {
  return !text.empty() &&
         std::ranges::all_of(text, [](char c) { return ('0' <= c && c <= '9') || c == '.'; });
}

std::optional<std::string> canonical_address(std::string_view text) {
  const auto percent = text.find('%');
  const std::string address{text.substr(0, percent)};
  const std::string zone{percent == std::string_view::npos ? "" : text.substr(percent)};
  std::array<unsigned char, 16> bytes{};
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (address.find('\0') != std::string::npos || zone == "%") return std::nullopt;
  for (const int family : {AF_INET, AF_INET6})
    if (inet_pton(family, address.c_str(), bytes.data()) == 1 && (family == AF_INET6 || zone.empty()))
      return inet_ntop(family, bytes.data(), out.data(), out.size()) + zone;
  return std::nullopt;
}

Parsed<HostPort> parse_host_port(std::string_view text) {
  auto result = split(text, 1);
  if (!result) return result;
  if (auto fault = host_fault(result->host); !fault.empty()) return unexpected{std::move(fault)};
  return result;
}

Parsed<std::string> parse_listen_address(std::string_view text) {
  const auto parts = split(text, 0);
  if (!parts) return unexpected{parts.error()};
  if (!parts->port) return unexpected{quote(text) + " has no port"};
  const std::string_view host = parts->host.empty()          ? "0.0.0.0"
                                : parts->host == "localhost" ? "127.0.0.1"
                                                             : std::string_view{parts->host};
  const auto address = canonical_address(host);
  if (!address) return unexpected{quote(parts->host) + " is not an address"};
  return join(*address, *parts->port);
}

Parsed<std::string> parse_name_server(std::string_view text) {
  const auto parts = split(text, 1);
  if (!parts) return unexpected{parts.error()};
  const auto address = canonical_address(parts->host);
  if (!address) return unexpected{quote(parts->host) + " is not an address"};
  return parts->port ? join(*address, *parts->port) : *address;
}

}  // namespace rdpwatch::config
