#include "probes/net/verdict.h"

#include <algorithm>
#include <utility>

#include "config/time_text.h"

namespace rdpwatch::net {
namespace {

using TimePoint = std::chrono::system_clock::time_point;

/// The exception for a reason that is in force, or nullptr.
const config::Exception* exception_for(const config::Policy& policy, TimePoint time,
                                       std::string_view reason) {
  const auto found = policy.exceptions.find(reason);
  return found != policy.exceptions.end() && time < found->second.until ? &found->second : nullptr;
}

std::optional<config::PolicySeverity> policy_for(const config::Policy& policy, TimePoint time,
                                                 std::string_view reason) {
  if (exception_for(policy, time, reason) != nullptr) return config::PolicySeverity::Info;
  const auto found = policy.severity.find(reason);
  if (found == policy.severity.end()) return std::nullopt;
  return found->second;
}

Severity severity_of(config::PolicySeverity severity) {
  switch (severity) {
    case config::PolicySeverity::Info: return Severity::Info;
    case config::PolicySeverity::Warning: return Severity::Warning;
    case config::PolicySeverity::Critical:
    case config::PolicySeverity::Failure: break;
  }
  return Severity::Critical;
}

/// Sorts judgements into findings and, where policy says so, the failure.
void apply(Judgements judgements, const config::Policy& policy, TimePoint time, ProbeReport& report) {
  for (auto& judgement : judgements) {
    const Row& row = classify(judgement.phase, judgement.cause);
    const auto wanted = policy_for(policy, time, row.reason);
    Finding finding{&row, judgement.phase, judgement.severity.value_or(row.severity),
                    std::move(judgement.detail)};
    if (wanted) finding.severity = severity_of(*wanted);
    if (const auto* exception = exception_for(policy, time, row.reason))
      finding.detail +=
          "; put up with until " + config::format_instant(exception->until) + ": " + exception->why;
    const bool decides = wanted == config::PolicySeverity::Failure &&
                         (!report.failure || finding.phase < report.failure->phase);
    if (!decides) {
      report.findings.push_back(std::move(finding));
      continue;
    }
    if (report.failure)
      report.findings.push_back({report.failure->row, report.failure->phase, Severity::Critical,
                                 std::move(report.failure->detail)});
    report.failure = Failure{&row, judgement.phase, std::nullopt, std::move(finding.detail)};
  }
  std::ranges::stable_sort(report.findings, std::ranges::greater{}, &Finding::severity);
}

/// When nothing could be reached at an address that the host cannot have, the name is to blame and not
/// whatever refused there; unless policy wants no more than a finding of it, or the fault is ours.
void blame_address(Judgements& judgements, const config::Policy& policy, TimePoint time,
                   ProbeReport& report) {
  if (report.failure->phase != Phase::Connect || report.failure->row->scenario == Scenario::ClientSide)
    return;
  const auto invalid = std::ranges::find(judgements, Cause::InvalidAddress, &Judgement::cause);
  if (invalid == judgements.end()) return;
  const Row& row = classify(invalid->phase, invalid->cause);
  if (policy_for(policy, time, row.reason).value_or(config::PolicySeverity::Failure) !=
      config::PolicySeverity::Failure)
    return;
  report.failure =
      Failure{&row, invalid->phase, std::nullopt, invalid->detail + "; there: " + report.failure->detail};
  judgements.erase(invalid);
}

/// A policy may make a failure a finding.
void lower_failure(const config::Policy& policy, TimePoint time, ProbeReport& report) {
  const auto wanted = policy_for(policy, time, report.failure->row->reason);
  if (!wanted || *wanted == config::PolicySeverity::Failure) return;
  report.findings.push_back(
      {report.failure->row, report.failure->phase, severity_of(*wanted), std::move(report.failure->detail)});
  report.failure.reset();
}

void set_outcome(ProbeReport& report) {
  for (auto& phase : report.phases) {
    if (report.failure && phase.phase == report.failure->phase) phase.outcome = Outcome::Failed;
    const bool behind_failure = report.failure && report.failure->phase < phase.phase;
    if (phase.outcome != Outcome::Ok || behind_failure) continue;
    report.phase = phase.phase;
    report.phase_reached = static_cast<std::uint8_t>(ordinal(phase.phase));
  }
  if (report.failure) {
    report.phase = report.failure->phase;
    report.verdict = Verdict::Failed;
  } else {
    const bool degraded = !report.findings.empty() && report.findings.front().severity != Severity::Info;
    report.verdict = degraded ? Verdict::Degraded : Verdict::Ok;
  }
}

}  // namespace

ProbeReport judge_attempt(AttemptResult attempt, const config::Policy& policy, TimePoint time) {
  auto& climb = attempt.climb;
  ProbeReport report;
  report.address = std::move(climb.address);
  report.phases = std::move(climb.phases);
  report.resolve = std::move(attempt.resolve);
  report.connect = climb.connect;
  report.negotiation = climb.negotiation;
  report.tls = std::move(climb.tls);
  report.nla = std::move(climb.nla);
  report.by_address = std::move(attempt.by_address);
  report.baseline = attempt.baseline;
  if (climb.failure) {
    const auto& [phase, observation] = *climb.failure;
    report.failure =
        Failure{&classify(phase, observation.cause), phase, observation.code, observation.detail};
    if (attempt.suspect) blame_address(climb.findings, policy, time, report);
    lower_failure(policy, time, report);
  }
  apply(std::move(climb.findings), policy, time, report);
  set_outcome(report);
  return report;
}

}  // namespace rdpwatch::net
