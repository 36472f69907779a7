#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/alert_rules.h"
#include "config/maintenance.h"
#include "probes/taxonomy/phase.h"
#include "probes/taxonomy/taxonomy.h"

/// The configuration as the rest of the program sees it: immutable, typed, defaults stated once, here.
/// A reload replaces it whole; a running probe keeps the parts that it began with by shared_ptr.
namespace rdpwatch::config {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// The two thresholds of a finding that grows with time or distance.
struct Thresholds {
  seconds warning{};
  seconds critical{};
  bool operator==(const Thresholds&) const = default;
};

enum class TlsVersion : std::uint8_t { Tls10, Tls11, Tls12, Tls13 };
enum class NlaPolicy : std::uint8_t { Optional, Required };
enum class AddressMode : std::uint8_t { First, All };

/// What a policy makes of a reason: a failure, or a finding of this severity.
enum class PolicySeverity : std::uint8_t { Info, Warning, Critical, Failure };

/// A finding that is put up with for a while: an info until then.
struct Exception {
  std::chrono::sys_seconds until{};
  std::string why{};
  bool operator==(const Exception&) const = default;
};

/// What counts as a finding. Merged key by key: defaults, `policy`, the module's, the target's.
struct Policy {
  Thresholds certificate_expiry{std::chrono::days{14}, std::chrono::days{3}};
  Thresholds clock_skew{std::chrono::minutes{2}, std::chrono::minutes{4}};
  milliseconds connect_slow{1000};
  TlsVersion min_tls = TlsVersion::Tls12;
  NlaPolicy nla = NlaPolicy::Optional;
  std::filesystem::path trust_store{};                            ///< absolute; empty: chains are not judged
  std::map<std::string, PolicySeverity, std::less<>> severity{};  ///< by reason id
  std::map<std::string, Exception, std::less<>> exceptions{};     ///< by reason id
  bool operator==(const Policy&) const = default;
};

/// Name servers of a module, "10.1.2.3", "10.1.2.3:5353", "[fd00::1]:53". Empty: the system's.
struct Resolver {
  std::vector<std::string> servers{};
  auto operator<=>(const Resolver&) const = default;
};

/// How a target is probed. `default` is always there; others inherit from it.
struct Module {
  std::string name = "default";
  Phase depth = Phase::Nla;
  seconds interval{60};
  std::optional<seconds> failing_interval{};  ///< rhythm while the target fails; empty: interval
  milliseconds timeout{10'000};               ///< one try over all its phases
  std::array<std::optional<milliseconds>, std::size(kPhases)> phase_timeouts{};  ///< by ordinal - 1
  int retries = 1;
  milliseconds retry_delay{2'000};
  AddressMode addresses = AddressMode::First;
  bool path_trace = true;           ///< look at the way to a target after a failure, and once a day
  std::string cookie = "rdpwatch";  ///< mstshash of the X.224 request
  Resolver resolver{};
  Policy policy{};
  bool operator==(const Module&) const = default;
};

/// What a target is expected to be. Empty members are not checked.
struct Expectation {
  std::vector<std::string> addresses{};  ///< canonical text form
  std::string computer_name{};
  std::string dns_name{};
  std::string domain{};
  std::string os_build{};            ///< at least this build, "10.0.20348"
  std::string certificate_sha256{};  ///< lower-case hex without separators
  std::string spki_sha256{};
  bool operator==(const Expectation&) const = default;
};

class Overrides;  // config/overrides.h

/// One host:port on the list.
struct Target {
  std::string id{};    ///< unique; default host:port
  std::string host{};  ///< name or address literal as configured, without brackets
  std::uint16_t port = 3389;
  std::shared_ptr<const Module> module{};  ///< with the target's overrides applied; shared when equal
  std::vector<std::pair<std::string, std::string>> labels{};  ///< sorted by name
  std::shared_ptr<const Expectation> expect{};                ///< nullptr: nothing expected
  std::shared_ptr<const Overrides> overrides{};  ///< nullptr: the module as it is defined; shared when equal

  /// host:port, IPv6 literals in brackets.
  std::string endpoint() const;
  /// Compares what the pointers lead to; not `overrides`, which `module` has.
  bool operator==(const Target& other) const;
};

/// At most `connections` TCP connections in any `window` to one address:port.
struct ConnectionBudget {
  int connections = 4;
  seconds window{120};
  bool operator==(const ConnectionBudget&) const = default;
};

struct WebFile;  // config/web_file.h

struct Web {
  std::filesystem::path config_file{};    ///< absolute; empty: plain HTTP, no users
  std::shared_ptr<const WebFile> file{};  ///< what it says; never nullptr after loading
  bool enable_reload = false;
  bool enable_probe_now = false;
  bool enable_pause = false;
};

/// Where alerts are pushed to. Secrets stay in their files and are read at each use, so that a change counts.
struct Alertmanager {
  std::string url{};                      ///< without user, password and slash at its end
  std::filesystem::path ca_file{};        ///< absolute, as all here; empty: the system's store
  std::filesystem::path cert_file{};      ///< of the client; empty: none
  std::filesystem::path key_file{};       ///< empty: it stands in cert_file
  std::string username{};                 ///< empty: no basic authentication
  std::filesystem::path password_file{};  ///< set with username
  std::filesystem::path bearer_token_file{};
  std::string proxy_url{};       ///< empty: as the environment says
  milliseconds timeout{10'000};  ///< of one request
  bool operator==(const Alertmanager&) const = default;
};

/// When the alerts of `kAlertRules` begin, end and are repeated.
struct Alerts {
  std::map<std::string, seconds, std::less<>> hold{};         ///< `for` by name; others: as the rule says
  std::map<std::string, seconds, std::less<>> keep_firing{};  ///< by name, likewise
  seconds resend_interval{60};  ///< an Alertmanager that hears nothing ends an alert after four of these
  seconds resolved_for{std::chrono::minutes{15}};  ///< how long the end of an alert is repeated
  bool operator==(const Alerts&) const = default;
};

/// When failures of one cause are an incident: so many, and such a share of those who have something in
/// common.
struct Incidents {
  int min_targets = 3;
  double min_share = 0.5;
  bool operator==(const Incidents&) const = default;
};

struct Config {
  std::vector<std::string> listen{"127.0.0.1:19389"};
  std::string external_url{};  ///< never empty after loading
  bool external_url_is_default = false;
  Web web{};
  std::map<std::string, std::shared_ptr<const Module>, std::less<>>
      modules{};  ///< as resolved; has "default"
  ConnectionBudget connection_budget{};
  int probes_in_flight = 4096;
  std::string vantage{};                       ///< vantage.name; empty: not named
  std::vector<std::string> control_targets{};  ///< host[:port] as configured; at least one must work
  seconds baseline{
      std::chrono::days{1}};  ///< vantage.baseline: how much of its past a target is compared with
  Incidents incidents{};
  std::vector<Alertmanager> alertmanagers{};
  Alerts alerts{};
  std::string heartbeat_url{};  ///< may be a secret as a whole; empty: none
  seconds heartbeat_interval{60};
  std::filesystem::path state_directory{};
  std::vector<std::shared_ptr<const Target>> targets{};  ///< sorted by id
  std::vector<Maintenance> maintenance{};

  std::string sha256{};                          ///< over all files that took part, in order; lower-case hex
  std::vector<std::filesystem::path> watched{};  ///< target_files that matched, and their folders
  std::vector<std::string> target_urls{};

  const Target* find(std::string_view id) const;
};

}  // namespace rdpwatch::config
