#include "probes/net/by_address.h"

#include <algorithm>

namespace rdpwatch::net {
namespace {

const Judgement* find(const ClimbResult& climb, Cause cause) {
  const auto found = std::ranges::find(climb.findings, cause, &Judgement::cause);
  return found == climb.findings.end() ? nullptr : &*found;
}

bool is_ours(Cause cause) {
  return cause == Cause::ResourcesExhausted || cause == Cause::SocketDenied ||
         cause == Cause::LocalRouteDenied;
}

std::string where(const config::Target& target, BypassBy by, const std::string& address) {
  switch (by) {
    case BypassBy::Expected: return "at the expected address " + address;
    case BypassBy::LastGood: return "at the last good address " + address;
    case BypassBy::Name: return "where " + target.expect->dns_name + " leads, at " + address + ",";
  }
  return {};
}

}  // namespace

bool doubts_name(const ClimbResult& climb) {
  if (climb.failure && climb.failure->phase == Phase::Resolve)
    return !is_ours(climb.failure->observation.cause);
  return find(climb, Cause::UnexpectedAddress) != nullptr || find(climb, Cause::IdentityMismatch) != nullptr;
}

bool doubts_address(const ClimbResult& climb) {
  if (climb.failure && climb.failure->phase == Phase::Connect)
    return !is_ours(climb.failure->observation.cause);
  return find(climb, Cause::IdentityMismatch) != nullptr;
}

std::optional<Bypass> bypass_of(const config::Target& target, const std::optional<ResolveEvidence>& resolve,
                                const std::string& last_good) {
  const auto usable = [&](const std::string& text) -> std::optional<asio::ip::address> {
    asio::error_code error;
    auto address = asio::ip::make_address(text, error);
    if (error || (resolve && std::ranges::find(resolve->addresses, text) != resolve->addresses.end()))
      return std::nullopt;
    return address;
  };
  if (target.expect)
    for (const auto& text : target.expect->addresses)
      if (const auto address = usable(text)) return Bypass{*address, BypassBy::Expected};
  const bool expects = target.expect && !target.expect->addresses.empty();
  if (const auto address = usable(last_good); address && !expects)
    return Bypass{*address, BypassBy::LastGood};
  return std::nullopt;
}

BypassEvidence conclude(const config::Target& target, const ClimbResult& first, BypassBy by,
                        const ClimbResult& second) {
  BypassEvidence evidence{.by = by, .address = second.address};
  for (const PhaseResult& phase : second.phases)
    if (phase.outcome != Outcome::Skipped) evidence.phase = phase.phase;
  auto& text = evidence.conclusion = where(target, by, second.address);
  if (second.failure) {
    const auto& [phase, observation] = *second.failure;
    evidence.row = &classify(phase, observation.cause);
    text += " it fails in " + std::string{to_string(phase)} + ": " + std::string{evidence.row->reason} +
            ", " + observation.detail + (by == BypassBy::Name ? "" : "; not only the name is broken");
  } else if (const auto* const other = find(second, Cause::IdentityMismatch)) {
    evidence.row = &classify(other->phase, other->cause);
    text += " another host answers: " + other->detail;
  } else if (by == BypassBy::Name) {
    text += " the host answers: it has moved";
  } else {
    const bool unresolved = first.failure && first.failure->phase == Phase::Resolve;
    text += unresolved ? " the host works: only the name is broken"
                       : " the host answers: the name leads elsewhere";
  }
  return evidence;
}

void tell(const std::string& conclusion, ClimbResult& first) {
  if (first.failure) {
    first.failure->observation.detail += "; " + conclusion;
    return;
  }
  for (const auto cause : {Cause::IdentityMismatch, Cause::UnexpectedAddress}) {
    const auto raised = std::ranges::find(first.findings, cause, &Judgement::cause);
    if (raised == first.findings.end()) continue;
    raised->detail += "; " + conclusion;
    return;
  }
}

}  // namespace rdpwatch::net
