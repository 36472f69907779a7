#include "daemon/incidents/chance.h"

#include <algorithm>
#include <cmath>

namespace rdpwatch::daemon::incidents {
namespace {

/// Of all fleets in which hosts fail at random, so many may show an incident at some moment.
constexpr double kByChance = 0.01;

/// By attribute: those who have it are left out of the background.
using Apart = std::vector<bool>;

/// All have the vantage; without them nobody would be left to compare with.
bool may_be_apart(const Group& group, const Verdicts& verdicts) {
  return verdicts.attributes().at(group.attribute).kind != AttributeKind::Vantage;
}

/// What fails of those that are not apart: whom chance strikes.
class Background {
 public:
  Background(const Apart& apart, const std::vector<std::uint32_t>& failing, const Verdicts& verdicts)
      : known_(verdicts.attributes().size()), failing_(verdicts.attributes().size()) {
    std::vector<bool> fails(verdicts.members().size());
    for (const auto place : failing) fails[place] = true;
    for (std::size_t i = 0; i < fails.size(); ++i) count(verdicts.members()[i], fails[i], apart);
  }

  /// When there are no others, there is nothing to say against it.
  bool stands_out(const Group& group, std::size_t looked_at) const {
    const auto others = all_known_ - known_[group.attribute];
    if (others == 0) return true;
    const double rate =
        static_cast<double>(all_failing_ - failing_[group.attribute]) / static_cast<double>(others);
    return static_cast<double>(looked_at) * chance_of(group.failing.size(), group.members, rate) < kByChance;
  }

 private:
  void count(const Verdicts::Member& member, bool fails, const Apart& apart) {
    bool out = member.state == Verdicts::State::Paused || member.state == Verdicts::State::Pending;
    member.each_attribute([&](AttributeId id) { out = out || apart[id]; });
    if (out) return;
    ++all_known_;
    all_failing_ += fails ? 1 : 0;
    member.each_attribute([&](AttributeId id) {
      ++known_[id];
      failing_[id] += fails ? 1 : 0;
    });
  }

  std::size_t all_known_ = 0;
  std::size_t all_failing_ = 0;
  std::vector<std::uint32_t> known_;
  std::vector<std::uint32_t> failing_;
};

}  // namespace

double chance_of(std::size_t failing, std::size_t members, double rate) {
  const auto all = static_cast<double>(members);
  const auto at_least = static_cast<double>(failing);
  if (at_least <= all * rate) return 1;  // no more than to be expected
  if (rate <= 0) return 0;
  double term = std::exp(std::lgamma(all + 1) - std::lgamma(at_least + 1) - std::lgamma(all - at_least + 1) +
                         at_least * std::log(rate) + (all - at_least) * std::log1p(-rate));
  double sum = term;
  constexpr double kNegligible = 1e-7;
  for (double i = at_least; i < all && kNegligible * sum < term; ++i) {
    term *= (all - i) / (i + 1) * rate / (1 - rate);
    sum += term;
  }
  return sum;
}

void erase_chance(std::vector<Group>& groups, const std::vector<std::uint32_t>& failing,
                  const Verdicts& verdicts, std::size_t looked_at) {
  // Those that fail as a whole must not speak against each other.
  Apart apart(verdicts.attributes().size());
  for (const Group& group : groups)
    apart[group.attribute] = may_be_apart(group, verdicts) && 9 * group.members <= 10 * group.failing.size();
  const Background first{apart, failing, verdicts};
  // Nor those that fail in part, once it is known that it is not by chance.
  for (const Group& group : groups)
    if (may_be_apart(group, verdicts) && first.stands_out(group, looked_at)) apart[group.attribute] = true;
  const Background second{apart, failing, verdicts};
  std::erase_if(groups,
                [&](const Group& group) { return !group.open && !second.stands_out(group, looked_at); });
}

}  // namespace rdpwatch::daemon::incidents
