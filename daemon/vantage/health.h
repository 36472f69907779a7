#pragma once

#include <array>
#include <optional>
#include <string>

#include "daemon/vantage/check.h"

namespace rdpwatch::daemon::vantage {

/// What is believed of each check: one bad look proves nothing, and one good look ends nothing. A pure core.
class Health {
 public:
  static constexpr int kToDisturb = 2;  ///< looks in a row
  /// Looks in a row that are not bad, which end a disturbance: Sound if one of them was, else Unknown.
  static constexpr int kToRecover = 3;

  struct Entry {
    State state = State::Unknown;
    std::string detail{"not looked at yet"};  ///< of the last look that says the same as `state`
    TimePoint since{};                        ///< of the first such look
  };

  /// Takes one look. True when another state is believed now.
  bool take(Check check, Look look, TimePoint now);

  const Entry& of(Check check) const { return entries_[static_cast<std::size_t>(check)]; }
  /// No check is disturbed. Some may be unknown.
  bool healthy() const;
  /// The checks that are disturbed, "resolver, route"; empty when there are none.
  std::string disturbed() const;
  /// The same with what was seen: "resolver: no answer; route: ...".
  std::string details() const;

 private:
  struct Pending {
    State state = State::Unknown;
    int looks = 0;  ///< in a row that speak for `state`, while that is not believed yet
    TimePoint since{};
    std::string detail{};
  };
  static bool goes_on(const Pending& pending, const Entry& entry, const Look& look);

  std::array<Entry, kChecks.size()> entries_{};
  std::array<Pending, kChecks.size()> pending_{};
};

}  // namespace rdpwatch::daemon::vantage
