#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include "config/config.h"
#include "daemon/budget.h"
#include "daemon/vantage/clock.h"
#include "daemon/vantage/evidence.h"

namespace rdpwatch::daemon::vantage {

/// A name to ask for, and whom.
struct Name {
  std::string host{};
  config::Resolver resolver{};
};

/// How often a control target is connected to; also by the connection budget, where it counts as scheduled.
inline constexpr std::chrono::seconds kControlRhythm{60};

/// How our own place is felt: a stand-in in tests. On the main loop, which no call holds up for more than a
/// fraction of a millisecond. What it has begun may outlive it, and ends soon after stop().
struct Senses {
  std::function<ClockReading()> clock{};
  /// Whether there is a way to an address; nothing is sent.
  std::function<RouteAsked(const std::string& address)> route{};
  /// Asks for one after the other, until one is answered or all were asked.
  std::function<asio::awaitable<std::vector<NameAsked>>(std::vector<Name>)> names{};
  /// Climbs a responder of its own, on the loopback, as far as the negotiation.
  std::function<asio::awaitable<Climbed>()> self_probe{};
  /// Connects to one after the other, as far as the connection budget allows, until one answers.
  std::function<asio::awaitable<std::vector<Climbed>>(std::vector<std::string>)> controls{};
  std::function<void()> stop{};
};
using MakeSenses = std::function<Senses(asio::io_context&, Budget&)>;

/// Those of this machine.
Senses make_senses(asio::io_context& io, Budget& budget);

}  // namespace rdpwatch::daemon::vantage
