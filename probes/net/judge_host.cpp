#include "probes/net/judge_host.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <utility>

#include <openssl/tls1.h>

#include "probes/net/judge_certificate.h"
#include "probes/wire/constants.h"
#include "probes/wire/nego.h"

namespace rdpwatch::net {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return 'A' <= c && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  if (a.ends_with('.')) a.remove_suffix(1);
  if (b.ends_with('.')) b.remove_suffix(1);
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::pair<std::string_view, std::string_view> split_host(std::string_view name) {
  const auto dot = name.find('.');
  if (dot == std::string_view::npos) return {name, {}};
  return {name.substr(0, dot), name.substr(dot + 1)};
}

void judge_expected_names(const HostCase& seen, Judgements& out) {
  const auto& host = seen.evidence;
  std::string wrong;
  const auto check = [&wrong](std::string_view what, const std::string& expected, const std::string& is,
                              bool also) {
    if (expected.empty() || is.empty() || also || same_name(expected, is)) return;
    if (!wrong.empty()) wrong += ", ";
    ((wrong.append(what) += " is ") += is) += ", expected " + expected;
  };
  check("computer", seen.expect->computer_name, host.computer, false);
  check("DNS name", seen.expect->dns_name, host.dns_name, false);
  check("domain", seen.expect->domain, host.domain, same_name(seen.expect->domain, host.dns_domain));
  if (!wrong.empty()) out.push_back({Phase::Nla, Cause::IdentityMismatch, Severity::Critical, wrong});
}

/// Without an expectation only a plain contradiction counts: the host's own DNS name lies in the same domain
/// as the target's, is another, and its certificate does not claim the target's either. Aliases, balancers
/// and short names stay silent.
void judge_contradiction(const HostCase& seen, Judgements& out) {
  if (seen.host_is_address || seen.certificate_covers_host) return;
  const auto [label, domain] = split_host(seen.host);
  const auto [own_label, own_domain] = split_host(seen.evidence.dns_name);
  if (domain.empty() || own_domain.empty() || !same_name(domain, own_domain)) return;
  if (same_name(label, own_label) || same_name(label, seen.evidence.computer)) return;
  out.push_back({Phase::Nla, Cause::IdentityMismatch, Severity::Warning,
                 "the host calls itself " + seen.evidence.dns_name + ", the target is " + seen.host});
}

void judge_clock(const HostCase& seen, Judgements& out) {
  if (!seen.evidence.clock_skew) return;
  const auto skew = std::chrono::round<std::chrono::seconds>(*seen.evidence.clock_skew);
  const auto distance = skew < std::chrono::seconds{0} ? -skew : skew;
  if (distance < seen.policy.clock_skew.warning) return;
  const auto severity = distance < seen.policy.clock_skew.critical ? Severity::Warning : Severity::Critical;
  out.push_back({Phase::Nla, Cause::ClockSkew, severity,
                 "the host's clock is " + span_text(distance) +
                     (skew < std::chrono::seconds{0} ? " behind ours" : " ahead of ours")});
}

void judge_build(const HostCase& seen, Judgements& out) {
  const auto& build = seen.evidence.os_build;
  if (build.empty()) return;
  if (seen.expect != nullptr && !seen.expect->os_build.empty() && older_build(build, seen.expect->os_build))
    out.push_back({Phase::Nla, Cause::OsBuildUnexpected, std::nullopt,
                   "build " + build + ", expected at least " + seen.expect->os_build});
  else if (!seen.os_build_before.empty() && seen.os_build_before != build)
    out.push_back({Phase::Nla, Cause::OsBuildUnexpected, std::nullopt,
                   "build " + build + ", before " + std::string{seen.os_build_before}});
}

}  // namespace

std::optional<config::TlsVersion> tls_version_from(int openssl_version) {
  switch (openssl_version) {
    case TLS1_VERSION: return config::TlsVersion::Tls10;
    case TLS1_1_VERSION: return config::TlsVersion::Tls11;
    case TLS1_2_VERSION: return config::TlsVersion::Tls12;
    case TLS1_3_VERSION: return config::TlsVersion::Tls13;
    default: return std::nullopt;
  }
}

std::string_view to_string(config::TlsVersion version) {
  switch (version) {
    case config::TlsVersion::Tls10: return "TLS 1.0";
    case config::TlsVersion::Tls11: return "TLS 1.1";
    case config::TlsVersion::Tls12: return "TLS 1.2";
    case config::TlsVersion::Tls13: return "TLS 1.3";
  }
  return "";
}

void judge_negotiation(const NegotiationCase& seen, Judgements& out) {
  const auto selected = wire::SecurityProtocol{seen.evidence.selected_protocol};
  const bool nla = selected == wire::SecurityProtocol::Hybrid || selected == wire::SecurityProtocol::HybridEx;
  const auto name = std::string{wire::name_of(selected)};
  if (!nla && seen.policy.nla == config::NlaPolicy::Required)
    out.push_back({Phase::Negotiate, Cause::BelowPolicy, std::nullopt,
                   "the host selects " + name + ", the policy requires NLA"});
  std::string drift;
  if (!nla && seen.nla_required_before == true) drift = "NLA was required, now the host selects " + name;
  const bool restricted_admin = (seen.evidence.flags & wire::kFlagRestrictedAdmin) != 0;
  if (seen.flags_before && restricted_admin && (*seen.flags_before & wire::kFlagRestrictedAdmin) == 0)
    drift += (drift.empty() ? "" : "; ") + std::string{"restricted admin mode is now supported"};
  if (!drift.empty()) out.push_back({Phase::Negotiate, Cause::PolicyDrift, std::nullopt, std::move(drift)});
}

void judge_host(const HostCase& seen, Judgements& out) {
  const auto version = seen.evidence.credssp_version;
  if (version < wire::kCredsspPatchedVersion)
    out.push_back({Phase::Nla, Cause::Unpatched, std::nullopt,
                   "CredSSP version " + std::to_string(version) + ", patched hosts answer 5 or higher"});
  const bool names_expected =
      seen.expect != nullptr && (!seen.expect->computer_name.empty() || !seen.expect->dns_name.empty());
  if (seen.expect != nullptr) judge_expected_names(seen, out);
  if (!names_expected) judge_contradiction(seen, out);
  judge_clock(seen, out);
  judge_build(seen, out);
}

bool older_build(std::string_view a, std::string_view b) {
  const auto take = [](std::string_view& text) {
    unsigned long value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (text.starts_with('.')) text.remove_prefix(1);
    else text = {};
    return ec == std::errc{} ? value : 0ul;
  };
  while (!a.empty() || !b.empty()) {
    const auto left = take(a);
    const auto right = take(b);
    if (left != right) return left < right;
  }
  return false;
}

}  // namespace rdpwatch::net
