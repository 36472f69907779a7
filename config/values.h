#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

/// Texts of the configuration as values. Errors say what is wrong with the text, not where it stands.
namespace rdpwatch::config {

using std::chrono::milliseconds;
template <class T>
using Parsed = std::expected<T, std::string>;

/// Durations as Prometheus writes them: "1h30m", "90s", "500ms", "2w", "0"; units in falling order, once
/// each.
Parsed<milliseconds> parse_duration(std::string_view text);
std::string format_duration(milliseconds duration);  ///< the inverse, shortest form

/// Decimal only: "010" is refused rather than read as 8 or as 10.
Parsed<std::int64_t> parse_integer(std::string_view text);
Parsed<double> parse_number(std::string_view text);  ///< decimal fraction, no exponent
Parsed<bool> parse_boolean(std::string_view text);

/// host, host:port, [v6]:port, v6.
struct HostPort {
  std::string host{};                   ///< without brackets
  std::optional<std::uint16_t> port{};  ///< as written
  bool operator==(const HostPort&) const = default;
};
Parsed<HostPort> parse_host_port(std::string_view text);
std::optional<std::string> canonical_address(std::string_view text);  ///< inet_ntop form of a literal
bool is_address_pattern(std::string_view text);  ///< digits and dots only: meant to be an IPv4 address

/// "10.0.0.1:80", ":80" (all IPv4 addresses), "[::]:80", "localhost:80" -> literal:port.
Parsed<std::string> parse_listen_address(std::string_view text);
/// "10.1.2.3", "10.1.2.3:5353", "[fd00::1]:53" -> canonical text.
Parsed<std::string> parse_name_server(std::string_view text);
/// http or https with a host; without the slash at its end.
Parsed<std::string> parse_url(std::string_view text);
/// "http://user:***@host": what may be shown of a URL.
std::string mask_url(std::string_view url);
/// 64 hex digits, separators dropped, lower case.
Parsed<std::string> parse_sha256(std::string_view text);

/// Empty when the name is fine: [a-zA-Z_][a-zA-Z0-9_]*, none of job, instance, target, __*.
std::string label_name_fault(std::string_view name);

/// What is wrong with a text that ends up in labels and pages: empty, control characters, blanks at its ends.
std::string text_fault(std::string_view text, std::size_t max_bytes);

/// Room for the longest name of a host with its port. Longer ones than that are typing errors.
constexpr std::size_t kMaxIdBytes = 512;
constexpr std::string_view kIdText = "a text of 1 to 512 bytes";
/// The id of a target, given or made from its host and port.
Parsed<std::string> parse_id(std::string_view text);

}  // namespace rdpwatch::config
