#include "daemon/incidents/book.h"

#include <algorithm>
#include <functional>

namespace rdpwatch::daemon::incidents {
namespace {

using Key = std::pair<CauseGroup, Attribute>;

Key key_of(const Group& group, const Verdicts& verdicts) {
  return {group.cause, verdicts.attributes().at(group.attribute)};
}

/// The reason of most; still `before`, unless another is seen half as often again: each change is another
/// series.
std::string_view reason_of(const Group& group, const Verdicts& verdicts, std::string_view before) {
  std::map<std::string_view, std::size_t> counts;
  for (const auto place : group.failing) ++counts[verdicts.members()[place].failure->reason];
  const auto most = std::ranges::max_element(counts, {}, [](const auto& each) { return each.second; });
  const bool leads = most != counts.end() && 3 * counts[before] < 2 * most->second;
  return leads ? most->first : before;
}

/// Takes over how it stands now.
void update(Incident& incident, const Group& group, const Verdicts& verdicts) {
  incident.failing = group.failing.size();
  incident.members = group.members;
  incident.reason = reason_of(group, verdicts, incident.reason);
  incident.targets.clear();
  for (const auto place : group.failing) {
    if (incident.targets.size() == kTargetsListed) break;
    incident.targets.push_back(verdicts.members()[place].target);
  }
}

const Group* group_behind(const Incident& incident, const std::vector<Group>& groups,
                          const Verdicts& verdicts) {
  const auto attribute = verdicts.attributes().find(incident.attribute);
  if (!attribute) return nullptr;
  const auto it = std::ranges::find_if(groups, [&](const Group& group) {
    return group.attribute == *attribute && group.cause == incident.cause;
  });
  return it == groups.end() ? nullptr : &*it;
}

/// Whether some target fails by both.
bool share_failures(const Group& a, const Group& b) {
  auto in_b = b.failing.begin();
  return a.cause == b.cause && std::ranges::any_of(a.failing, [&](auto place) {
           while (in_b != b.failing.end() && *in_b < place) ++in_b;
           return in_b != b.failing.end() && *in_b == place;
         });
}

std::size_t size_of(const Group* group) { return group->failing.size(); }

}  // namespace

std::function<std::vector<Group>()> Book::find(const Verdicts& verdicts) const {
  return [&verdicts, to_open = to_open_, open = open_groups(verdicts)] {
    return find_groups(verdicts, to_open, open);
  };
}

std::vector<Book::Change> Book::advance(const std::vector<Group>& groups, const Verdicts& verdicts,
                                        TimePoint now) {
  settle(groups, verdicts, now);
  const auto due = settled(groups, verdicts, now);
  const auto closed = close_others(groups, due, verdicts, now);  // before, so that there is room for heirs
  auto changes = open_due(due, verdicts, now);
  for (const Incident& incident : closed) changes.push_back({false, incident});
  std::ranges::stable_sort(open_, std::ranges::greater{}, &Incident::failing);
  return changes;
}

std::vector<OpenGroup> Book::open_groups(const Verdicts& verdicts) const {
  std::vector<OpenGroup> groups;
  for (const Incident& incident : open_)
    if (const auto id = verdicts.attributes().find(incident.attribute))
      groups.push_back({incident.cause, *id});
  return groups;
}

void Book::settle(const std::vector<Group>& groups, const Verdicts& verdicts, TimePoint now) {
  std::map<Key, TimePoint> still;
  for (const Group& group : groups) {
    if (!group.explains || group.open) continue;
    const Key key = key_of(group, verdicts);
    const auto before = settling_.find(key);
    still[key] = before == settling_.end() ? now : std::min(before->second, now);
  }
  settling_ = std::move(still);
}

/// The explanations whose incidents are to open now, the largest first.
std::vector<const Group*> Book::settled(const std::vector<Group>& groups, const Verdicts& verdicts,
                                        TimePoint now) const {
  std::vector<const Group*> due;
  for (const Group& group : groups)
    if (group.explains && !group.open &&
        settling_.at(key_of(group, verdicts)) + std::max(kSettle, group.round) <= now)
      due.push_back(&group);
  std::ranges::stable_sort(due, std::ranges::greater{}, size_of);
  return due;
}

std::vector<Book::Change> Book::open_due(const std::vector<const Group*>& due, const Verdicts& verdicts,
                                         TimePoint now) {
  std::vector<Change> changes;
  for (const Group* const group : due) {
    if (open_.size() == kMostOpen) break;
    const auto [cause, attribute] = key_of(*group, verdicts);
    Incident incident{.id = id_of(cause, attribute), .cause = cause, .attribute = attribute, .since = now};
    if (std::ranges::find(open_, incident.id, &Incident::id) != open_.end()) continue;
    settling_.erase({cause, attribute});
    update(incident, *group, verdicts);
    changes.push_back({true, incident});
    open_.push_back(std::move(incident));
  }
  return changes;
}

Incidents Book::close_others(const std::vector<Group>& groups, const std::vector<const Group*>& due,
                             const Verdicts& verdicts, TimePoint now) {
  Incidents closed;
  std::erase_if(open_, [&](Incident& incident) {
    const Group* const group = group_behind(incident, groups, verdicts);
    if (group != nullptr) update(incident, *group, verdicts);
    if (!is_over(incident, group, groups, due, now)) return false;
    below_.erase(incident.id);
    closed.push_back(incident);
    return true;
  });
  return closed;
}

/// `group` is nullptr when no target has the attribute any more.
bool Book::is_over(const Incident& incident, const Group* group, const std::vector<Group>& groups,
                   const std::vector<const Group*>& due, TimePoint now) {
  if (group == nullptr) return true;
  bool holds = may_stay(*group);
  if (holds && is_known(*group) && !group->explains) {
    // Something else explains its failures. When that is yet to open, it waits for it.
    const auto takes_over = [group](const Group& heir) { return share_failures(*group, heir); };
    if (std::ranges::any_of(due, [&](const Group* heir) { return takes_over(*heir); })) return true;
    holds = std::ranges::any_of(
        groups, [&](const Group& heir) { return heir.explains && !heir.open && takes_over(heir); });
  }
  if (holds) {
    below_.erase(incident.id);
    return false;
  }
  const auto [since, is_new] = below_.try_emplace(incident.id, now);
  since->second = std::min(since->second, now);
  return since->second + kLinger <= now;
}

/// Enough fail, or may fail: those that were not probed yet, unless enough others were that pass.
bool Book::may_stay(const Group& group) const {
  const auto limits = to_open_.to_stay();
  const auto failing = group.failing.size();
  const auto probed = group.members - group.pending;
  const bool repaired =
      to_open_.targets <= probed && static_cast<double>(failing) < limits.share * static_cast<double>(probed);
  return is_known(group) || (!repaired && limits.reached(failing + group.pending, group.members));
}

/// Enough fail for it to stay, whatever is not known yet.
bool Book::is_known(const Group& group) const {
  return to_open_.to_stay().reached(group.failing.size(), group.members);
}

}  // namespace rdpwatch::daemon::incidents
