#include "daemon/incidents/grouping.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "daemon/incidents/chance.h"
#include "daemon/incidents/choose.h"

namespace rdpwatch::daemon::incidents {
namespace {

using Places = std::vector<std::uint32_t>;

/// How many have each attribute.
struct Population {
  explicit Population(const Verdicts& verdicts)
      : members(verdicts.attributes().size()),
        pending(verdicts.attributes().size()),
        rates(verdicts.attributes().size()) {
    for (const auto& member : verdicts.members()) {
      if (member.state == Verdicts::State::Paused) continue;
      ++all;
      const bool unknown = member.state == Verdicts::State::Pending;
      const double rate = 1 / std::max(1.0, std::chrono::duration<double>{member.round}.count());
      member.each_attribute([&](AttributeId id) {
        ++members[id];
        pending[id] += unknown ? 1 : 0;
        rates[id] += rate;
      });
    }
  }

  /// How many attributes have enough members to become an incident.
  std::size_t large_enough(const Thresholds& to_open) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(members, [&](std::size_t count) { return to_open.targets <= count; }));
  }

  /// Those who are probed often count more: a few others must not delay what they show.
  std::chrono::seconds round_of(AttributeId id) const {
    if (members[id] == 0) return {};
    return std::chrono::seconds{static_cast<std::int64_t>(std::ceil(members[id] / rates[id]))};
  }

  std::size_t all = 0;
  std::vector<std::uint32_t> members;
  std::vector<std::uint32_t> pending;
  std::vector<double> rates;  ///< of probes, in a second
};

std::map<CauseGroup, Places> failures_by_cause(const Verdicts& verdicts) {
  std::map<const Row*, Places> by_row;
  for (std::uint32_t i = 0; i < verdicts.members().size(); ++i)
    if (const Row* row = verdicts.members()[i].failure) by_row[row].push_back(i);
  std::map<CauseGroup, Places> by_cause;
  for (auto& [row, places] : by_row) {
    Places& all = by_cause[group_of(*row)];
    all.insert(all.end(), places.begin(), places.end());
  }
  for (auto& [cause, places] : by_cause) std::ranges::sort(places);
  return by_cause;
}

/// A label, a subnet or an issuer that every target has says no more than that they are watched from here.
bool tells_apart(const Attribute& attribute, std::size_t members, std::size_t all) {
  const bool of_all = attribute.kind == AttributeKind::Vantage || attribute.kind == AttributeKind::Resolver;
  return of_all || members < all;
}

/// Whether so many hosts and ports are among them: one dead host under three ids is one.
bool are_different(const Places& places, std::size_t wanted, const Verdicts& verdicts) {
  std::set<std::pair<std::string_view, std::uint16_t>> endpoints;
  for (const auto place : places) {
    const config::Target& target = *verdicts.members()[place].target;
    endpoints.emplace(target.host, target.port);
    if (endpoints.size() == wanted) return true;
  }
  return false;
}

/// The groups of one cause that reach the thresholds or are open.
std::vector<Group> groups_of(const CauseGroup& cause, const Places& failing, const Verdicts& verdicts,
                             const Population& population, const Thresholds& to_open,
                             const std::vector<OpenGroup>& open) {
  const AttributeIndex& attributes = verdicts.attributes();
  std::vector<std::uint32_t> counts(attributes.size());
  for (const auto place : failing)
    verdicts.members()[place].each_attribute([&](AttributeId id) { ++counts[id]; });
  std::vector<bool> stays(attributes.size());
  for (const OpenGroup& each : open)
    if (each.cause == cause) stays[each.attribute] = true;
  std::vector<Group> groups;
  for (AttributeId id = 0; id < counts.size(); ++id) {
    const bool candidate = to_open.reached(counts[id], population.members[id]) && counts[id] != 0 &&
                           bears_on(attributes.at(id).kind, cause) &&
                           tells_apart(attributes.at(id), population.members[id], population.all);
    if (!candidate && !stays[id]) continue;
    groups.push_back({.cause = cause,
                      .attribute = id,
                      .members = population.members[id],
                      .pending = population.pending[id],
                      .round = population.round_of(id),
                      .open = stays[id]});
  }
  std::vector<Group*> by_attribute(attributes.size());
  for (Group& group : groups) by_attribute[group.attribute] = &group;
  if (groups.empty()) return groups;
  for (const auto place : failing)
    verdicts.members()[place].each_attribute([&](AttributeId id) {
      if (by_attribute[id] != nullptr) by_attribute[id]->failing.push_back(place);
    });
  std::erase_if(groups, [&](const Group& group) {
    return !group.open && !are_different(group.failing, to_open.targets, verdicts);
  });
  return groups;
}

}  // namespace

std::vector<Group> find_groups(const Verdicts& verdicts, const Thresholds& to_open,
                               const std::vector<OpenGroup>& open) {
  const Population population{verdicts};
  const std::size_t looked_at = population.large_enough(to_open);
  auto causes = failures_by_cause(verdicts);
  for (const OpenGroup& each : open) causes.try_emplace(each.cause);
  std::vector<Group> found;
  for (const auto& [cause, failing] : causes) {
    const bool is_open = std::ranges::find(open, cause, &OpenGroup::cause) != open.end();
    if (failing.size() < to_open.targets && !is_open) continue;
    auto groups = groups_of(cause, failing, verdicts, population, to_open, open);
    if (groups.empty()) continue;
    erase_chance(groups, failing, verdicts, looked_at);
    for (const std::size_t chosen : choose(groups, verdicts, to_open)) groups[chosen].explains = true;
    std::erase_if(groups, [](const Group& group) { return !group.explains && !group.open; });
    std::ranges::move(groups, std::back_inserter(found));
  }
  return found;
}

}  // namespace rdpwatch::daemon::incidents
