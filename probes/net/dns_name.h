#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <asio/ip/udp.hpp>

/// Text forms of DNS: what may be asked, in which order, of whom.
namespace rdpwatch::net {

/// Why `name` cannot be asked, or nothing. RFC 1035 section 2.3.4 lengths; letters, digits, hyphen, and
/// underscore, which Windows host names have; bytes beyond ASCII are let through as valid UTF-8. A name that
/// ends in a number is a misspelt address ("10.0.0.256"), never a host.
std::optional<std::string> name_defect(std::string_view name);

/// localhost, names below it, and its usual entries in hosts files.
bool is_localhost_name(std::string_view name);

/// The names to ask in turn, as the stub resolver of the system does: as given first when it has at least
/// `ndots` dots, last when fewer, alone when it ends in a dot. None ends in a dot.
struct SearchList {
  std::vector<std::string> names{};
  std::size_t as_given = 0;  ///< index of the name as given
};
SearchList search_list(std::string_view name, int ndots, const std::vector<std::string>& domains);

/// "10.1.2.3", "10.1.2.3:5353", "fd00::1", "[fd00::1]", "[fd00::1]:53".
std::optional<asio::ip::udp::endpoint> parse_name_server(std::string_view text);

/// "10.1.2.3:53", "[fd00::1]:53".
std::string to_text(const asio::ip::udp::endpoint& server);

/// ASCII letters in lower case; other bytes unchanged.
std::string lower(std::string_view text);

}  // namespace rdpwatch::net
