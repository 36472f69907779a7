#include "daemon/vantage/health.h"

#include <algorithm>
#include <utility>

namespace rdpwatch::daemon::vantage {
namespace {

int looks_needed(State from, State to) {
  if (to == State::Disturbed) return Health::kToDisturb;
  return from == State::Disturbed ? Health::kToRecover : 1;
}

}  // namespace

bool Health::take(Check check, Look look, TimePoint now) {
  const auto place = static_cast<std::size_t>(check);
  Entry& entry = entries_[place];
  Pending& pending = pending_[place];
  if (look.state == entry.state) {
    pending = {};
    if (entry.since == TimePoint{}) entry.since = now;
    entry.detail = std::move(look.detail);
    return false;
  }
  if (!goes_on(pending, entry, look)) pending = {look.state, 0, now, look.detail};
  if (look.state == State::Sound || pending.state == look.state) {
    pending.state = look.state;
    pending.detail = std::move(look.detail);
  }
  if (++pending.looks < looks_needed(entry.state, pending.state)) return false;
  entry = {pending.state, std::move(pending.detail), std::min(pending.since, now)};
  pending = {};
  return true;
}

/// While a check is disturbed, looks that are not bad speak together for its end, whatever each could tell.
bool Health::goes_on(const Pending& pending, const Entry& entry, const Look& look) {
  if (pending.looks == 0) return false;
  return pending.state == look.state || entry.state == State::Disturbed;
}

bool Health::healthy() const {
  return std::ranges::none_of(entries_, [](const Entry& entry) { return entry.state == State::Disturbed; });
}

std::string Health::disturbed() const {
  std::string names;
  for (const Check check : kChecks)
    if (of(check).state == State::Disturbed) names.append(names.empty() ? "" : ", ").append(to_string(check));
  return names;
}

std::string Health::details() const {
  std::string text;
  for (const Check check : kChecks)
    if (of(check).state == State::Disturbed)
      text.append(text.empty() ? "" : "; ").append(to_string(check)).append(": ").append(of(check).detail);
  return text;
}

}  // namespace rdpwatch::daemon::vantage
