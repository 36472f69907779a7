#include "daemon/incidents/choose.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace rdpwatch::daemon::incidents {
namespace {

std::size_t exceptions_of(const Group& group) { return group.members - group.failing.size(); }

/// Goes through the candidates from the clearest one on, and keeps what is chosen so far.
class Choice {
 public:
  Choice(const std::vector<Group>& groups, const Verdicts& verdicts, const Thresholds& to_open)
      : groups_{groups},
        verdicts_{verdicts},
        to_open_{to_open},
        explained_(verdicts.members().size()),
        chosen_(verdicts.attributes().size()),
        meetings_(verdicts.attributes().size()) {}

  std::vector<std::size_t> run() {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < groups_.size(); ++i)
      if (limits_of(groups_[i]).reached(groups_[i].failing.size(), groups_[i].members)) order.push_back(i);
    std::ranges::sort(order,
                      [this](std::size_t a, std::size_t b) { return clearer(groups_[a], groups_[b]); });
    for (const std::size_t i : order) consider(i);
    std::vector<std::size_t> places;
    for (const std::size_t place : chosen_)
      if (place != 0) places.push_back(place - 1);
    return places;
  }

 private:
  Thresholds limits_of(const Group& group) const { return group.open ? to_open_.to_stay() : to_open_; }

  /// Not "all targets" while many of them pass: what still fails may have a smaller explanation.
  bool holds_firmly(const Group& group) const {
    const bool of_all = verdicts_.attributes().at(group.attribute).kind == AttributeKind::Vantage;
    return group.open && to_open_.reached(group.failing.size(), group.members) &&
           (!of_all || 9 * group.members <= 10 * group.failing.size());
  }

  /// What is open and holds goes first, so that it does not give way to its like; then the larger share, the
  /// larger number, and the word that says more.
  bool clearer(const Group& a, const Group& b) const {
    const auto crossed_a = a.failing.size() * b.members;
    const auto crossed_b = b.failing.size() * a.members;
    const Attribute& name_a = verdicts_.attributes().at(a.attribute);
    const Attribute& name_b = verdicts_.attributes().at(b.attribute);
    const auto size_a = a.failing.size();
    const auto size_b = b.failing.size();
    const bool firm_a = holds_firmly(a);
    const bool firm_b = holds_firmly(b);
    const int rank_a = rank_of(name_a);
    const int rank_b = rank_of(name_b);
    return std::tie(firm_b, crossed_b, size_b, rank_a, name_a) <
           std::tie(firm_a, crossed_a, size_a, rank_b, name_b);
  }

  /// Chooses the group when it explains enough that is new, or when it says in one what those that were
  /// chosen within it say in several.
  void consider(std::size_t candidate) {
    const Group& group = groups_[candidate];
    const std::size_t fresh = meet(group);
    std::size_t cost_of_others = fresh;
    std::vector<AttributeId> within;
    for (const AttributeId other : met_) {
      const Group& chosen = groups_[chosen_[other] - 1];
      if (std::exchange(meetings_[other], 0) != chosen.failing.size()) continue;
      within.push_back(other);
      cost_of_others += to_open_.targets + exceptions_of(chosen);
    }
    if (fresh == 0 && within.size() < 2) return;
    const std::size_t left = group.members - (group.failing.size() - fresh);
    if (!limits_of(group).reached(fresh, left) && cost_of_others <= to_open_.targets + exceptions_of(group))
      return;
    for (const AttributeId other : within) chosen_[other] = 0;
    chosen_[group.attribute] = candidate + 1;
    for (const auto place : group.failing) explained_[place] = true;
  }

  /// Counts for those that are chosen how many failing members they share with `group`: meetings_, of met_.
  /// Returns how many members no one has explained.
  std::size_t meet(const Group& group) {
    met_.clear();
    std::size_t fresh = 0;
    for (const auto place : group.failing) {
      if (!explained_[place]) ++fresh;
      verdicts_.members()[place].each_attribute([this](AttributeId id) {
        if (chosen_[id] != 0 && meetings_[id]++ == 0) met_.push_back(id);
      });
    }
    return fresh;
  }

  const std::vector<Group>& groups_;
  const Verdicts& verdicts_;
  Thresholds to_open_;
  std::vector<bool> explained_;          ///< by member
  std::vector<std::size_t> chosen_;      ///< by attribute: 1 + the place of its group; 0: is not chosen
  std::vector<std::uint32_t> meetings_;  ///< by attribute; 0 between two candidates
  std::vector<AttributeId> met_{};
};

}  // namespace

std::vector<std::size_t> choose(const std::vector<Group>& groups, const Verdicts& verdicts,
                                const Thresholds& to_open) {
  return Choice{groups, verdicts, to_open}.run();
}

}  // namespace rdpwatch::daemon::incidents
