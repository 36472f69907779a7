#include "daemon/vantage/interception.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

#include <fmt/format.h>

namespace rdpwatch::daemon::vantage {
namespace {

/// As these products name the authority that they make on the spot; lower case.
constexpr std::array<std::string_view, 15> kInspectors{
    "zscaler",     "fortigate ca",   "fortinet ca",     "kaspersky anti-virus personal root",
    "avast! web",  "avg web",        "eset ssl",        "bitdefender personal ca",
    "sophos ssl",  "netskope",       "mitmproxy",       "charles proxy",
    "fiddlerroot", "portswigger ca", "umbrella root ca"};

/// The name leads to several addresses of one kind: to several hosts, perhaps.
bool leads_to_several(const ProbeReport& report) {
  if (!report.resolve) return false;
  const auto is_v6 = [](const std::string& address) { return address.find(':') != std::string::npos; };
  const auto v6 = static_cast<std::size_t>(std::ranges::count_if(report.resolve->addresses, is_v6));
  return 1 < v6 || 1 < report.resolve->addresses.size() - v6;
}

/// What some hosts have in common.
struct Common {
  std::size_t hosts = 0;  ///< that differ
  std::string issuer{};   ///< of the most
  std::size_t of_it = 0;
};

template <class Changes>
Common common(const Changes& changes) {
  std::set<std::string_view> hosts;
  std::map<std::string_view, std::set<std::string_view>> by_issuer;
  for (const auto& [id, change] : changes) {
    hosts.insert(change.host);
    by_issuer[change.issuer].insert(change.host);
  }
  const auto size = [](const auto& entry) { return entry.second.size(); };
  const auto most = std::ranges::max_element(by_issuer, {}, size);
  if (most == by_issuer.end()) return {};
  return {hosts.size(), std::string{most->first}, most->second.size()};
}

}  // namespace

bool is_inspector(std::string_view issuer) {
  std::string lower{issuer};
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return std::ranges::any_of(kInspectors,
                             [&](std::string_view name) { return lower.find(name) != std::string::npos; });
}

void Interception::observe(const ProbeReport& report, const Certificate* before, TimePoint now) {
  if (!report.tls || !report.tls->certificate) return;
  const Certificate& shown = *report.tls->certificate;
  if (!is_inspector(shown.issuer)) inspected_.erase(report.target);
  else if (inspected_.size() < kMostKept)
    inspected_.insert_or_assign(report.target, Change{now, report.host, shown.issuer, {}});
  if (before == nullptr || before->fingerprint_sha256 == shown.fingerprint_sha256) return;
  if (leads_to_several(report)) return;
  const auto last = changed_.find(report.target);
  if (last != changed_.end() && last->second.before == shown.fingerprint_sha256) changed_.erase(last);
  else if (changed_.size() < kMostKept)
    changed_.insert_or_assign(report.target,
                              Change{now, report.host, shown.issuer, before->fingerprint_sha256});
}

void Interception::keep(const std::function<bool(std::string_view id)>& stays) {
  std::erase_if(changed_, [&](const auto& entry) { return !stays(entry.first); });
  std::erase_if(inspected_, [&](const auto& entry) { return !stays(entry.first); });
}

Look Interception::look(std::size_t certificates, TimePoint now) {
  for (Changes* changes : {&changed_, &inspected_})
    std::erase_if(*changes, [&](const auto& entry) {
      return entry.second.time + kTogether < now || now < entry.second.time;  // the clock was set back
    });
  const auto inspected = common(inspected_);
  if (kFewest <= inspected.hosts && certificates <= inspected_.size() * 2)
    return {State::Disturbed, fmt::format("{} of {} hosts show certificates of an inspector: {}",
                                          inspected.hosts, certificates, inspected.issuer)};
  if (certificates < kFewest)
    return {State::Unknown, "fewer than three hosts showed a certificate lately: nothing to compare"};
  const auto changed = common(changed_);
  if (changed.hosts < kFewest || changed_.size() * 2 < certificates)
    return {State::Sound,
            fmt::format("certificates of {} of {} hosts changed lately", changed.hosts, certificates)};
  return {State::Disturbed,
          fmt::format("certificates of {} of {} hosts changed together, {} to the issuer {}", changed.hosts,
                      certificates, changed.of_it, changed.issuer)};
}

}  // namespace rdpwatch::daemon::vantage
