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

/// What most of them have in common, and how many.
std::pair<std::string, std::size_t> most_common(const std::map<std::string, std::size_t>& counts) {
  const auto most = std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; });
  return most == counts.end() ? std::pair{std::string{}, std::size_t{0}}
                              : std::pair{most->first, most->second};
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
  else if (inspected_.size() < kMostKept) inspected_.insert_or_assign(report.target, shown.issuer);
  if (before == nullptr || before->fingerprint_sha256 == shown.fingerprint_sha256) return;
  if (changed_.size() < kMostKept)
    changed_.insert_or_assign(report.target, Change{now, report.host, shown.issuer});
}

void Interception::keep(const std::function<bool(std::string_view id)>& stays) {
  std::erase_if(changed_, [&](const auto& entry) { return !stays(entry.first); });
  std::erase_if(inspected_, [&](const auto& entry) { return !stays(entry.first); });
}

Look Interception::look(std::size_t certificates, TimePoint now) {
  std::erase_if(changed_, [&](const auto& entry) {
    return entry.second.time + kTogether < now || now < entry.second.time;  // the clock was set back
  });
  if (kFewest <= inspected_.size())
    return {State::Disturbed, fmt::format("{} hosts show certificates of an inspector: {}", inspected_.size(),
                                          inspected_.begin()->second)};
  if (certificates < kFewest)
    return {State::Unknown, "fewer than three hosts showed a certificate lately: nothing to compare"};
  std::set<std::string_view> hosts;
  std::map<std::string, std::size_t> issuers;
  for (const auto& [id, change] : changed_) {
    hosts.insert(change.host);
    ++issuers[change.issuer];
  }
  if (hosts.size() < kFewest || changed_.size() * 2 < certificates)
    return {State::Sound,
            fmt::format("certificates of {} of {} hosts changed lately", hosts.size(), certificates)};
  const auto [issuer, of_it] = most_common(issuers);
  return {State::Disturbed,
          fmt::format("certificates of {} of {} hosts changed together, {} to the issuer {}", changed_.size(),
                      certificates, of_it, issuer)};
}

}  // namespace rdpwatch::daemon::vantage
