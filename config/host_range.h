#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/values.h"

namespace rdpwatch::config {

/// "rds[01-40].corp.example" -> its hosts in order. Each bracket holds ranges and single items separated by
/// commas ("[1,3,7-9]", "[ams,fra]"); zeros in front are kept; several brackets multiply, the last one
/// runs fastest. Brackets around an IPv6 literal are left alone. Errors: bad bounds, more than kMaxExpansion
/// hosts, hosts longer than any name.
inline constexpr std::size_t kMaxExpansion = 100'000;
Parsed<std::vector<std::string>> expand_hosts(std::string_view pattern);

/// Whether the text has a bracket that expand_hosts would expand.
bool has_range(std::string_view text);

}  // namespace rdpwatch::config
