#include "tests/rdpsim/stats.h"

#include <algorithm>
#include <array>

namespace rdpwatch::rdpsim {

std::uint64_t Stats::connected(std::size_t index, Clock::time_point now) {
  ++connections;
  OfHost& host = hosts[index];
  host.recent.push_back(now);
  while (kMostRecent < host.recent.size() || host.recent.front() <= now - kWindow) host.recent.pop_front();
  host.most_in_window = std::max(host.most_in_window, host.recent.size());
  return ++host.connections;
}

std::string Stats::to_json(const Fleet& fleet) const {
  constexpr std::size_t kMostListed = 1024;
  const std::array<std::pair<const char*, std::uint64_t>, 18> counters{{
      {"connections", connections},
      {"requests", requests},
      {"bad_requests", bad_requests},
      {"handshakes", handshakes},
      {"handshake_failures", handshake_failures},
      {"challenges", challenges},
      {"authentications", authentications},
      {"ended_by_fin", ended_by_fin},
      {"ended_by_reset", ended_by_reset},
      {"ended_by_us", ended_by_us},
      {"ended_by_limit", ended_by_limit},
      {"close_notify", close_notify},
      {"missing_close_notify", missing_close_notify},
      {"turned_away", turned_away},
      {"dns_questions", dns_questions},
      {"open", open},
      {"most_open", most_open},
      {"window_seconds", static_cast<std::uint64_t>(kWindow.count())},
  }};
  std::string out = "{";
  for (const auto& [name, value] : counters)
    out += '"' + std::string{name} + "\":" + std::to_string(value) + ',';
  std::size_t busiest = 0;
  for (std::size_t i = 0; i < hosts.size(); ++i)
    if (hosts[busiest].most_in_window < hosts[i].most_in_window) busiest = i;
  out += "\"most_in_window\":" + std::to_string(hosts.empty() ? 0 : hosts[busiest].most_in_window);
  out += ",\"busiest\":\"" + (hosts.empty() ? std::string{} : to_string(fleet.hosts[busiest].address)) + '"';
  out += ",\"hosts\":{";
  bool first = true;
  for (std::size_t i = 0; i < hosts.size() && hosts.size() <= kMostListed; ++i) {
    const Host& host = fleet.hosts[i];
    out += (first ? "\"" : ",\"") + to_string(host.address) + ':' + std::to_string(host.port) +
           "\":{\"connections\":" + std::to_string(hosts[i].connections) +
           ",\"most_in_window\":" + std::to_string(hosts[i].most_in_window) + '}';
    first = false;
  }
  return out + "}}";
}

}  // namespace rdpwatch::rdpsim
