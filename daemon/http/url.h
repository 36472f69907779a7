#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace rdpwatch::daemon::http {

/// %41 becomes A; nothing for a broken sequence. A plus sign stays one.
std::optional<std::string> percent_decode(std::string_view text);

/// Everything but RFC 3986's unreserved characters as %XX: safe as one segment of a path or as a value.
std::string percent_encode(std::string_view text);

/// The parameters of a query, decoded, plus as space; the first of a name counts. Nothing for a broken one.
std::optional<std::map<std::string, std::string, std::less<>>> parse_query(std::string_view query);

/// A decimal number without a sign, or nothing.
std::optional<std::size_t> parse_count(std::string_view text);

}  // namespace rdpwatch::daemon::http
