#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "probes/taxonomy/taxonomy.h"

/// The alerts that the daemon itself can judge and push to Alertmanagers. Names, severities, times and
/// summaries are those of deploy/prometheus/rules, so that routes, silences and habits fit both ways; a test
/// holds us to it. Summaries name no limits: those of the rules are fixed, ours follow `policy`.
namespace rdpwatch::config {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

enum class AlertKind : std::uint8_t {
  HostDown,
  ProberFault,
  Unclassified,
  FindingCritical,
  FindingWarning,
  CertificateExpiring,
  CertificateExpiringSoon,
  CertificateExpired,
  ClockOff,
  SiteDown,
  FleetDown,
  VantageUnhealthy,
};

struct AlertRule {
  std::string_view name{};
  Severity severity{};
  seconds hold{};         ///< `for`: how long it must be so before it fires
  seconds keep_firing{};  ///< how long it must be over before it ends
  std::string_view summary{};
};

inline constexpr std::size_t kAlertKinds = 12;

/// In the order of AlertKind.
inline constexpr std::array<AlertRule, kAlertKinds> kAlertRules{{
    {"RdpHostDown", Severity::Critical, minutes{3}, minutes{5},
     "Users cannot open a remote desktop on this host."},
    {"RdpwatchProberFault", Severity::Warning, minutes{5}, seconds{0},
     "The probe of this host fails for a fault on our own side; nothing is known of the host."},
    {"RdpwatchUnclassified", Severity::Info, hours{1}, seconds{0},
     "This host fails in a way that rdpwatch has no name for."},
    {"RdpHostFindingCritical", Severity::Critical, minutes{10}, seconds{0},
     "This host takes sessions, but something critical is wrong with it."},
    {"RdpHostFindingWarning", Severity::Warning, hours{1}, seconds{0},
     "This host takes sessions, but something is not as the policy wants it."},
    {"RdpCertificateExpiring", Severity::Warning, hours{1}, seconds{0},
     "The certificate of this host ends soon."},
    {"RdpCertificateExpiringSoon", Severity::Critical, minutes{10}, seconds{0},
     "The certificate of this host ends very soon."},
    {"RdpCertificateExpired", Severity::Critical, minutes{5}, seconds{0},
     "The certificate of this host has ended."},
    {"RdpClockOff", Severity::Critical, minutes{10}, seconds{0},
     "The clock of this host is far off; beyond five minutes Kerberos logons fail."},
    {"RdpSiteDown", Severity::Critical, minutes{2}, minutes{5},
     "More than half of the hosts of this site take no RDP sessions."},
    {"RdpFleetDown", Severity::Critical, minutes{2}, minutes{5},
     "More than half of all hosts, at several sites, take no RDP sessions as seen from here."},
    {"RdpwatchVantageUnhealthy", Severity::Critical, seconds{0}, minutes{7},
     "The place that rdpwatch measures from is disturbed; do not trust host alerts of this place now."},
}};

constexpr const AlertRule& rule_of(AlertKind kind) { return kAlertRules[static_cast<std::size_t>(kind)]; }

}  // namespace rdpwatch::config
