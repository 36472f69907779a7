#include "probes/net/dns_name.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "probes/sanitize.h"

namespace rdpwatch::net {

namespace {

constexpr std::size_t kMaxLabel = 63;
constexpr std::size_t kMaxName = 253;
constexpr std::uint16_t kDnsPort = 53;

bool is_digit(char c) { return '0' <= c && c <= '9'; }
bool is_beyond_ascii(char c) { return 0x80 <= static_cast<unsigned char>(c); }

bool may_stand_in_label(char c) {
  return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || is_digit(c) || c == '-' || c == '_' ||
         is_beyond_ascii(c);
}

std::optional<std::string> label_defect(std::string_view label) {
  if (label.empty()) return "empty label (two dots in a row, or a dot at the start)";
  if (kMaxLabel < label.size()) return "label of " + std::to_string(label.size()) + " bytes, at most 63 fit";
  const auto bad = std::ranges::find_if_not(label, may_stand_in_label);
  if (bad != label.end()) return "character '" + sanitize(std::string_view{&*bad, 1}) + "' not allowed";
  if (label.front() == '-' || label.back() == '-') return "label begins or ends with a hyphen";
  return std::nullopt;
}

std::string_view without_root(std::string_view name) {
  return name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

}  // namespace

std::optional<std::string> name_defect(std::string_view name) {
  name = without_root(name);
  if (name.empty()) return "empty name";
  if (kMaxName < name.size()) return "name of " + std::to_string(name.size()) + " bytes, at most 253 fit";
  std::string_view last;
  for (std::size_t at = 0; at <= name.size();) {
    const auto dot = std::min(name.find('.', at), name.size());
    last = name.substr(at, dot - at);
    if (auto defect = label_defect(last)) return defect;
    at = dot + 1;
  }
  if (std::ranges::all_of(last, is_digit)) return "ends in a number but is not an address";
  if (std::ranges::any_of(name, is_beyond_ascii) && sanitize(name) != name) return "not valid UTF-8";
  return std::nullopt;
}

bool is_localhost_name(std::string_view name) {
  static constexpr std::array<std::string_view, 7> kUsual{
      "localhost",  "localhost.localdomain", "localhost4",  "localhost4.localdomain4",
      "localhost6", "ip6-localhost",         "ip6-loopback"};
  const auto plain = lower(without_root(name));
  return std::ranges::find(kUsual, plain) != kUsual.end() || plain.ends_with(".localhost");
}

SearchList search_list(std::string_view name, int ndots, const std::vector<std::string>& domains) {
  if (name.ends_with('.')) return {.names = {std::string{without_root(name)}}};
  SearchList list;
  for (const auto& domain : domains) {
    const auto suffix = without_root(domain);
    if (suffix.empty() || kMaxName < name.size() + 1 + suffix.size()) continue;
    list.names.push_back(std::string{name} + "." + std::string{suffix});
  }
  const bool first = ndots <= std::ranges::count(name, '.');
  list.as_given = first ? 0 : list.names.size();
  list.names.insert(list.names.begin() + static_cast<std::ptrdiff_t>(list.as_given), std::string{name});
  return list;
}

std::optional<asio::ip::udp::endpoint> parse_name_server(std::string_view text) {
  std::uint16_t port = kDnsPort;
  std::string_view host = text;
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return std::nullopt;
    host = text.substr(1, close - 1);
    const auto rest = text.substr(close + 1);
    const auto parsed = rest.empty()     ? std::optional{kDnsPort}
                        : rest[0] == ':' ? parse_port(rest.substr(1))
                                         : std::nullopt;
    if (!parsed) return std::nullopt;
    port = *parsed;
  } else if (std::ranges::count(text, ':') == 1) {
    const auto colon = text.find(':');
    host = text.substr(0, colon);
    const auto parsed = parse_port(text.substr(colon + 1));
    if (!parsed) return std::nullopt;
    port = *parsed;
  }
  asio::error_code error;
  const auto address = asio::ip::make_address(std::string{host}, error);
  if (error) return std::nullopt;
  return asio::ip::udp::endpoint{address, port};
}

std::string to_text(const asio::ip::udp::endpoint& server) {
  const auto address = server.address().to_string();
  return (server.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(server.port());
}

std::string lower(std::string_view text) {
  std::string out{text};
  for (char& c : out)
    if ('A' <= c && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

}  // namespace rdpwatch::net
