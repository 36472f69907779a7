#include "probes/net/judge_certificate.h"

#include <algorithm>
#include <array>
#include <ranges>
#include <utility>

namespace rdpwatch::net {
namespace {

using std::chrono::days;
using std::chrono::seconds;

constexpr int kLeastRsaBits = 2048;
constexpr int kLeastEcBits = 256;

void add(Judgements& out, Cause cause, std::string detail, std::optional<Severity> severity = std::nullopt) {
  out.push_back({Phase::Tls, cause, severity, std::move(detail)});
}

std::string utc_day(std::chrono::sys_seconds time) {
  const std::chrono::year_month_day date{std::chrono::floor<days>(time)};
  const auto two = [](unsigned value) { return (value < 10 ? "0" : "") + std::to_string(value); };
  return std::to_string(static_cast<int>(date.year())) + "-" + two(static_cast<unsigned>(date.month())) +
         "-" + two(static_cast<unsigned>(date.day()));
}

void judge_validity(const LeafCase& leaf, seconds left, Judgements& out) {
  const auto& certificate = *leaf.facts.certificate;
  const auto now = std::chrono::floor<seconds>(leaf.now);
  if (now < certificate.not_before) {
    add(out, Cause::CertificateNotYetValid,
        "valid from " + utc_day(certificate.not_before) + ", in " + span_text(certificate.not_before - now));
    return;
  }
  const auto end = utc_day(certificate.not_after);
  if (left < seconds{0}) {
    add(out, Cause::CertificateExpired, "ended " + end + ", " + span_text(-left) + " ago");
  } else if (left < leaf.policy.certificate_expiry.critical) {
    add(out, Cause::CertificateExpiring, "ends " + end + ", in " + span_text(left), Severity::Critical);
  } else if (left < leaf.policy.certificate_expiry.warning) {
    add(out, Cause::CertificateExpiring, "ends " + end + ", in " + span_text(left), Severity::Warning);
  }
}

void judge_name(const LeafCase& leaf, Judgements& out) {
  if (leaf.host_covered || (leaf.host_is_address && leaf.expected_name_covered)) return;
  std::string names;
  for (const auto& name : leaf.facts.certificate->names | std::views::take(4))
    names += (names.empty() ? "" : ", ") + name;
  if (names.empty()) names = "no name";
  auto detail = "covers " + names + ", not " + leaf.host;
  if (leaf.host_is_address) detail += "; users who connect by a covered name see no warning";
  add(out, Cause::CertificateNameMismatch, std::move(detail));
}

void judge_trust(const LeafCase& leaf, Judgements& out) {
  if (leaf.trust) {
    if (!leaf.trust->trusted)
      add(out, Cause::CertificateUntrusted, leaf.trust->reason + ", issuer " + leaf.facts.certificate->issuer,
          Severity::Warning);
  } else if (leaf.policy.trust_store.empty() && leaf.facts.certificate->self_signed) {
    add(out, Cause::CertificateSelfSigned, "issued by itself: " + leaf.facts.certificate->subject);
  }
}

void judge_strength(const LeafCase& leaf, Judgements& out) {
  const bool small = (leaf.facts.key == LeafFacts::Key::Rsa && leaf.facts.key_bits < kLeastRsaBits) ||
                     (leaf.facts.key == LeafFacts::Key::Ec && leaf.facts.key_bits < kLeastEcBits);
  if (!small && !leaf.facts.weak_digest) return;
  std::string detail = small ? "key " + leaf.facts.certificate->key : std::string{};
  if (leaf.facts.weak_digest)
    detail += (small ? ", signature " : "signature ") + leaf.facts.certificate->signature;
  add(out, Cause::WeakServerKey, std::move(detail), Severity::Warning);
}

/// True when pins exist: then they say what may change, and memory does not.
bool judge_pins(const LeafCase& leaf, Judgements& out) {
  if (leaf.expect == nullptr) return false;
  const auto& expect = *leaf.expect;
  const auto& certificate = *leaf.facts.certificate;
  if (!expect.certificate_sha256.empty() && expect.certificate_sha256 != certificate.fingerprint_sha256)
    add(out, Cause::CertificateChanged,
        "fingerprint " + certificate.fingerprint_sha256 + ", pinned " + expect.certificate_sha256);
  else if (!expect.spki_sha256.empty() && expect.spki_sha256 != certificate.spki_sha256)
    add(out, Cause::CertificateChanged,
        "key fingerprint " + certificate.spki_sha256 + ", pinned " + expect.spki_sha256);
  return !expect.certificate_sha256.empty() || !expect.spki_sha256.empty();
}

/// A change is a renewal when the old leaf had less than a third of its life or 30 days to go: Windows renews
/// its 183-day certificates late (documents do not say when), templates at 20 % by default.
void judge_change(const LeafCase& leaf, Judgements& out) {
  if (leaf.before == nullptr) return;
  const auto& before = *leaf.before;
  if (before.fingerprint_sha256 == leaf.facts.certificate->fingerprint_sha256) return;
  const seconds left = before.not_after - std::chrono::floor<seconds>(leaf.now);
  const seconds near_end = std::max<seconds>((before.not_after - before.not_before) / 3, days{30});
  const auto old = before.fingerprint_sha256.substr(0, 16);
  if (left <= near_end)
    add(out, Cause::CertificateRenewed,
        "the one before (" + old + "...) " +
            (left < seconds{0} ? "had ended" : "had " + span_text(left) + " to go"));
  else
    add(out, Cause::CertificateChangedEarly,
        "the one before (" + old + "...) had " + span_text(left) + " to go");
}

}  // namespace

std::string span_text(seconds span) {
  constexpr std::array<std::pair<std::int64_t, char>, 4> kUnits{
      {{86'400, 'd'}, {3'600, 'h'}, {60, 'm'}, {1, 's'}}};
  std::string text;
  auto rest = span.count();
  for (std::size_t i = 0; i < kUnits.size(); ++i) {
    if (rest < kUnits[i].first && text.empty() && i + 1 < kUnits.size()) continue;
    const bool second = !text.empty();
    const auto count = rest / kUnits[i].first;
    rest %= kUnits[i].first;
    if (!second || count != 0) text += (second ? " " : "") + std::to_string(count) + kUnits[i].second;
    if (second) break;
  }
  return text;
}

void judge_leaf(const LeafCase& leaf, Judgements& out) {
  const auto& certificate = *leaf.facts.certificate;
  const seconds left = certificate.not_after - std::chrono::floor<seconds>(leaf.now);
  judge_validity(leaf, left, out);
  judge_name(leaf, out);
  judge_trust(leaf, out);
  judge_strength(leaf, out);
  if (leaf.facts.usage_restricted && !leaf.facts.server_usage)
    add(out, Cause::CertificateWrongUsage,
        "its extended key usage allows neither server authentication nor "
        "Remote Desktop Authentication");
  if (!judge_pins(leaf, out)) judge_change(leaf, out);
}

}  // namespace rdpwatch::net
