#include "daemon/incidents/book.h"

#include <algorithm>
#include <functional>

namespace rdpwatch::daemon::incidents {
namespace {

using Key = std::pair<CauseGroup, Attribute>;

Key key_of(const Group& group, const Verdicts& verdicts) {
  return {group.cause, verdicts.attributes().at(group.attribute)};
}

/// The reason of most; of equals the first by name, so that it does not change without need.
std::string_view reason_of(const Group& group, const Verdicts& verdicts) {
  std::map<std::string_view, std::size_t> counts;
  for (const auto place : group.failing) ++counts[verdicts.members()[place].failure->reason];
  const auto most = std::ranges::max_element(counts, {}, [](const auto& each) { return each.second; });
  return most == counts.end() ? std::string_view{} : most->first;
}

/// Takes over how it stands now. The reason stays what it was when nothing fails any more.
void update(Incident& incident, const Group& group, const Verdicts& verdicts) {
  incident.failing = group.failing.size();
  incident.members = group.members;
  if (const auto reason = reason_of(group, verdicts); !reason.empty()) incident.reason = reason;
  incident.targets.clear();
  for (const auto place : group.failing) {
    if (incident.targets.size() == kTargetsListed) break;
    incident.targets.push_back(verdicts.members()[place].target);
  }
}

const Group* find(const std::vector<Group>& groups, const Incident& incident, const Verdicts& verdicts) {
  const auto it = std::ranges::find_if(groups, [&](const Group& group) {
    return key_of(group, verdicts) == Key{incident.cause, incident.attribute};
  });
  return it == groups.end() ? nullptr : &*it;
}

}  // namespace

std::vector<Book::Change> Book::advance(const Verdicts& verdicts, TimePoint now) {
  const auto groups = find_groups(verdicts, to_open_, open_groups(verdicts));
  std::vector<Change> changes;
  settle(groups, verdicts, now);
  open_settled(groups, verdicts, now, changes);
  close_others(groups, verdicts, now, changes);
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

void Book::open_settled(const std::vector<Group>& groups, const Verdicts& verdicts, TimePoint now,
                        std::vector<Change>& changes) {
  for (const Group& group : groups) {
    if (!group.explains || group.open || open_.size() == kMostOpen) continue;
    const auto since = settling_.find(key_of(group, verdicts));
    if (now < since->second + kSettle) continue;
    Incident incident{.cause = group.cause, .attribute = since->first.second, .since = now};
    incident.id = id_of(incident.cause, incident.attribute);
    settling_.erase(since);
    update(incident, group, verdicts);
    if (std::ranges::find(open_, incident.id, &Incident::id) != open_.end()) continue;
    changes.push_back({true, incident});
    open_.push_back(std::move(incident));
  }
}

void Book::close_others(const std::vector<Group>& groups, const Verdicts& verdicts, TimePoint now,
                        std::vector<Change>& changes) {
  std::erase_if(open_, [&](Incident& incident) {
    const Group* const group = find(groups, incident, verdicts);
    if (group != nullptr) update(incident, *group, verdicts);
    if (!is_over(incident, group, now)) return false;
    below_.erase(incident.id);
    changes.push_back({false, incident});
    return true;
  });
}

/// `group` is nullptr when no target has the attribute any more.
bool Book::is_over(const Incident& incident, const Group* group, TimePoint now) {
  const auto limits = to_open_.to_stay();
  const auto reached = [&](std::size_t failing) {
    return group != nullptr && limits.reached(failing, group->members);
  };
  if (reached(incident.failing) ||
      (group != nullptr && 0 < group->pending && reached(incident.failing + group->pending))) {
    below_.erase(incident.id);
    // One that explains nothing any more waits for its heir to open.
    const bool has_heir =
        std::ranges::any_of(settling_, [&](const auto& each) { return each.first.first == incident.cause; });
    const bool doubtful = !reached(incident.failing);
    return !group->explains && !doubtful && !has_heir;
  }
  const auto [since, is_new] = below_.try_emplace(incident.id, now);
  since->second = std::min(since->second, now);
  return group == nullptr || since->second + kLinger <= now;
}

}  // namespace rdpwatch::daemon::incidents
