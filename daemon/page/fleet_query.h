#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <string_view>

namespace rdpwatch::daemon::page {

/// What the fleet is sorted by.
enum class SortBy : std::uint8_t { Verdict, Host, Since, Phase, Reason, Code, Site, Probed };
std::string_view name_of(SortBy by);

/// What of the fleet is shown: the parameters of "/". Empty members do not filter.
struct FleetQuery {
  std::string q{};  ///< what was typed into the search field
  std::string site{};
  std::string reason{};
  std::string scenario{};
  std::string verdict{};  ///< as state_of() says it
  std::string phase{};
  SortBy sort = SortBy::Verdict;
  bool descending = false;
  std::size_t page = 1;
  std::size_t refresh = 0;  ///< seconds until the page is loaded anew; 0: never
  bool operator==(const FleetQuery&) const = default;

  bool filters() const;
};

/// Of decoded parameters; unknown ones are ignored. A sentence when a value can mean nothing.
std::expected<FleetQuery, std::string> parse_fleet_query(
    const std::map<std::string, std::string, std::less<>>& parameters);

/// "/?site=ams&sort=-since": the address of a view, percent-encoded, not yet escaped.
std::string address_of(const FleetQuery& query);

}  // namespace rdpwatch::daemon::page
