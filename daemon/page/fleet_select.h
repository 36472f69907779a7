#pragma once

#include <cstddef>
#include <map>
#include <string_view>
#include <vector>

#include "daemon/page/fleet_query.h"
#include "daemon/page/search.h"
#include "daemon/store.h"

namespace rdpwatch::daemon::page {

/// Targets on one page of the fleet.
inline constexpr std::size_t kTargetsPerPage = 100;

/// How many targets have which value now; of the whole fleet, so that a filter shows what else there is.
struct Facets {
  std::map<std::string_view, std::size_t> states{};
  std::map<std::string_view, std::size_t> sites{};
  std::map<std::string_view, std::size_t> phases{};  ///< where those that fail do
  std::map<std::string_view, std::size_t> reasons{};
  std::map<std::string_view, std::size_t> scenarios{};
};

/// One page of the fleet. Points into the records.
struct FleetView {
  Facets facets{};
  std::size_t total = 0;
  std::size_t matching = 0;
  std::size_t page = 1;   ///< the one that is shown: not beyond `pages`
  std::size_t pages = 1;  ///< at least one
  std::vector<const TargetRecord*> rows{};
};

/// The value of the label "site"; empty when there is none.
std::string_view site_of(const config::Target& target);

/// Linear in the number of records; some hundred nanoseconds each, so that it may run between two events.
FleetView select(const Records& records, const FleetQuery& query, const Search& search);

}  // namespace rdpwatch::daemon::page
