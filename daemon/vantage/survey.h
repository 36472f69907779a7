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

/// What probes got to lately: against a bad look, the way and the names that they just used are there.
struct Passing {
  std::size_t probed = 0, connected = 0;          ///< targets
  std::size_t probed_out = 0, connected_out = 0;  ///< those whose address is beyond this machine
  std::size_t resolved = 0;                       ///< names, by a name server
};
/// Of the probes since `since`, which is recent: before a disturbance, all may have passed.
Passing passing(const Records& records, TimePoint since);

/// Disturbed when more than half of the targets, and at least three or all there are, are denied by this
/// machine. Some of them may be denied on purpose.
Look judge_denials(const Survey& survey);

/// Hosts to ask for, `count` at most, beginning with the place `from`, wherever that is, and with different
/// names: targets with a name that is not answered by this machine itself.
std::vector<const config::Target*> named_targets(const Records& records, std::size_t from, std::size_t count);

/// Addresses of targets beyond this machine, `count` at most, spread over the list.
std::vector<std::string> target_addresses(const Records& records, std::size_t count);

}  // namespace rdpwatch::daemon::vantage
