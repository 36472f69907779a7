#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "daemon/notify/alert.h"
#include "probes/report.h"

/// Which alerts a probe gives rise to, and their words: those of deploy/prometheus/rules, made from the
/// taxonomy. What changes with the reason stands in annotations only.
namespace rdpwatch::daemon::notify {

using config::AlertKind;

/// Where the daemon sits, and where its pages are.
struct Origin {
  std::string external_url{};
  std::string vantage{};  ///< empty: not named
  bool operator==(const Origin&) const = default;
};

/// The alerts about single hosts, in the order of AlertKind.
inline constexpr std::array kHostAlerts{AlertKind::HostDown,
                                        AlertKind::ProberFault,
                                        AlertKind::Unclassified,
                                        AlertKind::FindingCritical,
                                        AlertKind::FindingWarning,
                                        AlertKind::CertificateExpiring,
                                        AlertKind::CertificateExpiringSoon,
                                        AlertKind::CertificateExpired,
                                        AlertKind::ClockOff};

/// The label `site`; empty: it has none.
std::string_view site_of(const config::Target& target);

/// The reasons for which the report calls for the alert, each once; none: it does not.
std::vector<const Row*> reasons_for(AlertKind kind, const ProbeReport& report);

/// The identity of an alert about a host.
std::string host_labels(AlertKind kind, const Origin& origin, const config::Target& target);

/// `reasons` is not empty.
AlertText host_text(AlertKind kind, const Origin& origin, const config::Target& target,
                    const ProbeReport& report, const std::vector<const Row*>& reasons);

/// Hosts that fail together.
struct Outage {
  std::size_t failing = 0;
  std::size_t hosts = 0;
  const Row* reason = nullptr;  ///< of most of them; nullptr: not known
  std::size_t for_that = 0;     ///< how many
};
std::string group_labels(AlertKind kind, const Origin& origin, std::string_view site);
AlertText group_text(AlertKind kind, const Origin& origin, std::string_view site, const Outage& outage);

/// `disturbed`: the checks of our own place that fail, and what was seen.
AlertText vantage_text(const Origin& origin, const std::string& disturbed);

}  // namespace rdpwatch::daemon::notify
