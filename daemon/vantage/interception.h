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
/// Two signs: several hosts show an issuer that is known to open TLS, or several changed their certificate
/// together, within kTogether, and they are at least half of those that showed one in that time. Hosts renew
/// theirs one by one; an authority that is rolled out to all at once looks the same, and what stays so for
/// kTogether is taken for that.
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
  };
  std::map<std::string, Change, std::less<>> changed_{};         ///< by id, the last one
  std::map<std::string, std::string, std::less<>> inspected_{};  ///< issuer by id
};

/// The name of an issuer that opens TLS on purpose (virus scanners, proxies); found by its name.
bool is_inspector(std::string_view issuer);

}  // namespace rdpwatch::daemon::vantage
