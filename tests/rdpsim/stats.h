#pragma once

#include <deque>
#include <string>
#include <vector>

#include "tests/rdpsim/fleet.h"
#include "tests/rdpsim/loop.h"

namespace rdpwatch::rdpsim {

/// What clients did: counted over all hosts, and the connections of each.
struct Stats {
  struct OfHost {
    std::uint64_t connections = 0;
    std::size_t most_in_window = 0;
    std::deque<Clock::time_point> recent{};  ///< at most kMostRecent
  };
  static constexpr std::size_t kMostRecent = 4096;
  static constexpr seconds kWindow{120};  ///< the window of the connection budget

  std::uint64_t connections = 0;
  std::uint64_t requests = 0;      ///< well-formed X.224 connection requests
  std::uint64_t bad_requests = 0;  ///< other first bytes
  std::uint64_t handshakes = 0;
  std::uint64_t handshake_failures = 0;
  std::uint64_t challenges = 0;       ///< first TSRequests answered
  std::uint64_t authentications = 0;  ///< second TSRequests
  std::uint64_t ended_by_fin = 0;     ///< the client ended first, orderly
  std::uint64_t ended_by_reset = 0;
  std::uint64_t ended_by_us = 0;
  std::uint64_t ended_by_limit = 0;        ///< open for too long
  std::uint64_t close_notify = 0;          ///< came before the client's FIN
  std::uint64_t missing_close_notify = 0;  ///< FIN after a handshake without it
  std::uint64_t turned_away = 0;           ///< too many at a time
  std::uint64_t dns_questions = 0;
  std::size_t open = 0;
  std::size_t most_open = 0;
  std::vector<OfHost> hosts{};  ///< by index in the fleet

  /// Counts a connection to host `index`; returns its number, from 1.
  std::uint64_t connected(std::size_t index, Clock::time_point now);

  /// One JSON object, without a line end. Single hosts stand in it when the fleet has at most 1,024.
  std::string to_json(const Fleet& fleet) const;
};

}  // namespace rdpwatch::rdpsim
