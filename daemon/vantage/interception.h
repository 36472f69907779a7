#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "daemon/vantage/check.h"
#include "probes/report.h"

namespace rdpwatch::daemon::vantage {

/// Whether somebody on this side shows us certificates of his own: a pure core, told of every report.
///
/// Two signs, each of several hosts within kTogether which are at least half of those that showed a
/// certificate in that time: they show an issuer that is known to open TLS, or they changed their certificate
/// together. Hosts renew theirs one by one; an authority that is rolled out to all at once looks the same,
/// and what stays so for kTogether is taken for that. A host that only goes back to what it showed before has
/// not changed, and behind a name with several addresses are several hosts.
class Interception {
 public:
  static constexpr std::chrono::minutes kTogether{15};
  static constexpr std::size_t kFewest = 3;
  static constexpr std::size_t kMostKept = 10'000;

  /// `before`: what the target showed before this report; nullptr: nothing yet.
  void observe(const ProbeReport& report, const Certificate* before, TimePoint now);
  /// Forgets targets that are gone.
  void keep(const std::function<bool(std::string_view id)>& stays);

  /// `certificates`: targets that showed one within kTogether.
  Look look(std::size_t certificates, TimePoint now);

 private:
  struct Change {
    TimePoint time{};
    std::string host{};
    std::string issuer{};
    std::string before{};  ///< fingerprint
  };
  using Changes = std::map<std::string, Change, std::less<>>;  ///< by id, the last one

  Changes changed_{};
  Changes inspected_{};
};

/// The name of an issuer that opens TLS on purpose (virus scanners, proxies); found by its name.
bool is_inspector(std::string_view issuer);

}  // namespace rdpwatch::daemon::vantage
