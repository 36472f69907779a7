#pragma once

#include <expected>
#include <limits>
#include <string>
#include <utility>

#include "daemon/pause.h"

namespace rdpwatch::test {

/// Adds an order whose targets are looked up at once.
inline std::expected<std::string, std::string> add_pause(daemon::Pauses& pauses, daemon::PauseOrder order,
                                                         daemon::Pauses::TimePoint now) {
  daemon::Selection selection;
  auto unlimited = std::numeric_limits<std::size_t>::max();
  selection.look_up(order.window.selector, pauses.targets(), unlimited);
  return pauses.add(std::move(order), std::move(selection), now);
}

}  // namespace rdpwatch::test
