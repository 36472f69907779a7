#include "daemon/page/fleet_query.h"

#include <algorithm>
#include <array>

#include "daemon/http/url.h"

namespace rdpwatch::daemon::page {
namespace {

constexpr std::array kSorts{SortBy::Verdict, SortBy::Host, SortBy::Since, SortBy::Phase,
                            SortBy::Reason,  SortBy::Code, SortBy::Site,  SortBy::Probed};
constexpr std::size_t kShortestRefresh = 10;
constexpr std::size_t kLongestRefresh = 3600;

struct TextField {
  std::string_view name;
  std::string FleetQuery::*member;
};
constexpr std::array<TextField, 6> kTextFields{{{"q", &FleetQuery::q},
                                                {"site", &FleetQuery::site},
                                                {"verdict", &FleetQuery::verdict},
                                                {"reason", &FleetQuery::reason},
                                                {"scenario", &FleetQuery::scenario},
                                                {"phase", &FleetQuery::phase}}};

bool read_sort(std::string_view text, FleetQuery& query) {
  query.descending = text.starts_with('-');
  if (query.descending) text.remove_prefix(1);
  const auto found = std::ranges::find(kSorts, text, [](SortBy by) { return name_of(by); });
  if (found == kSorts.end()) return false;
  query.sort = *found;
  return true;
}

}  // namespace

std::string_view name_of(SortBy by) {
  switch (by) {
    case SortBy::Verdict: return "verdict";
    case SortBy::Host: return "host";
    case SortBy::Since: return "since";
    case SortBy::Phase: return "phase";
    case SortBy::Reason: return "reason";
    case SortBy::Code: return "code";
    case SortBy::Site: return "site";
    case SortBy::Probed: return "probed";
  }
  return "";
}

bool FleetQuery::filters() const {
  return std::ranges::any_of(kTextFields,
                             [this](const TextField& field) { return !(this->*field.member).empty(); });
}

std::expected<FleetQuery, std::string> parse_fleet_query(
    const std::map<std::string, std::string, std::less<>>& parameters) {
  FleetQuery query;
  for (const auto& [name, member] : kTextFields)
    if (const auto it = parameters.find(name); it != parameters.end()) query.*member = it->second;
  if (const auto it = parameters.find("sort"); it != parameters.end() && !it->second.empty())
    if (!read_sort(it->second, query)) return std::unexpected{"the fleet cannot be sorted by this"};
  for (const auto& [name, value] : {std::pair{"page", &query.page}, std::pair{"refresh", &query.refresh}}) {
    const auto it = parameters.find(name);
    if (it == parameters.end()) continue;
    const auto number = http::parse_count(it->second);
    if (!number) return std::unexpected{std::string{name} + " is not a number"};
    *value = *number;
  }
  query.page = std::max<std::size_t>(query.page, 1);
  if (query.refresh != 0) query.refresh = std::clamp(query.refresh, kShortestRefresh, kLongestRefresh);
  return query;
}

std::string address_of(const FleetQuery& query) {
  std::string address = "/";
  const auto append = [&address](std::string_view name, std::string_view value) {
    address += address.size() == 1 ? '?' : '&';
    address.append(name).append("=").append(http::percent_encode(value));
  };
  for (const auto& [name, member] : kTextFields)
    if (!(query.*member).empty()) append(name, query.*member);
  if (query.sort != SortBy::Verdict || query.descending)
    append("sort", (query.descending ? "-" : "") + std::string{name_of(query.sort)});
  if (1 < query.page) append("page", std::to_string(query.page));
  if (query.refresh != 0) append("refresh", std::to_string(query.refresh));
  return address;
}

}  // namespace rdpwatch::daemon::page
