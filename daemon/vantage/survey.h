#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "daemon/store.h"
#include "daemon/vantage/clock.h"

namespace rdpwatch::daemon::vantage {

/// What the last probes of all targets say about our own place. Paused targets count nowhere.
struct Survey {
  std::size_t known = 0;         ///< targets with a report
  std::size_t denied = 0;        ///< that this machine itself let nobody connect to
  std::string denied_example{};  ///< id
  std::size_t certificates = 0;  ///< targets whose last probe saw a certificate
  HostClocks clocks{};
};

/// Below a millisecond for 10,000 targets. Certificates and clocks seen before `since` do not count.
Survey survey(const Records& records, TimePoint since);

/// Disturbed when a tenth of the targets, and at least three or all there are, are denied by this machine.
Look judge_denials(const Survey& survey);

/// Hosts to ask for, `count` at most, beginning with the place `from`, wherever that is, and with different
/// names: targets with a name that is not answered by this machine itself.
std::vector<const config::Target*> named_targets(const Records& records, std::size_t from, std::size_t count);

/// Addresses of targets beyond this machine, `count` at most, spread over the list.
std::vector<std::string> target_addresses(const Records& records, std::size_t count);

}  // namespace rdpwatch::daemon::vantage
