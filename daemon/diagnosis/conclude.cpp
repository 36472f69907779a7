#include <string>
#include <utility>

#include <fmt/core.h>

#include "daemon/diagnosis/diagnosis.h"
#include "daemon/path_text.h"
#include "daemon/report_text.h"
#include "probes/path/trace_text.h"

namespace rdpwatch::daemon {
namespace {

using path::By;
using path::End;

std::string outcome_text(const ProbeReport& report) {
  if (!report.failure) {
    const Row* row = report.decisive_row();
    return fmt::format("passes as far as {}{}", to_string(report.phase),
                       row == nullptr ? "" : fmt::format(", with a finding: {}", row->reason));
  }
  const auto& failure = *report.failure;
  return joined(fmt::format("fails at {}: {}", to_string(failure.phase), failure.row->reason),
                failure.detail);
}

Outcome outcome_of(const ProbeReport& report) { return report.failure ? Outcome::Failed : Outcome::Ok; }

/// Echo requests were sent, and nothing came back; our own firewall did not keep them here.
bool unanswered(const path::PingResult& ping) {
  const bool denied = ping.refusal && ping.refusal->kind == path::Answer::Kind::LocalError;
  return 0 < ping.sent && ping.received == 0 && !denied;
}

DiagnosisStep reproduced(const Diagnosis& diagnosis) {
  constexpr std::string_view kTitle = "reproduce";
  if (!diagnosis.report) return {kTitle, Outcome::Skipped, diagnosis.no_report};
  return {kTitle, outcome_of(*diagnosis.report), outcome_text(*diagnosis.report)};
}

DiagnosisStep reached(const Diagnosis& diagnosis) {
  constexpr std::string_view kTitle = "ping and TCP port";
  const auto* const climb = at_the_address(diagnosis);
  auto text = "ping: " + (diagnosis.ping ? ping_text(*diagnosis.ping) : "not asked, " + diagnosis.no_ping);
  if (climb == nullptr) return {kTitle, Outcome::Skipped, std::move(text)};
  const bool open = connects(*climb);
  const auto* const row = climb->decisive_row();
  const auto reason = row == nullptr ? std::string_view{"not asked"} : row->reason;
  text += fmt::format("; TCP {}: {}", diagnosis.port, open ? "connects" : reason);
  const bool in_time = climb->connect && climb->connect->rtt < path::kEchoPatience;
  if (open && in_time && diagnosis.ping && unanswered(*diagnosis.ping))
    text += "; so ping is filtered, which harms nothing (icmp_blocked)";
  return {kTitle, open ? Outcome::Ok : Outcome::Failed, std::move(text)};
}

DiagnosisStep bypassed(const Diagnosis& diagnosis) {
  constexpr std::string_view kTitle = "by its address";
  if (!diagnosis.by_address) return {kTitle, Outcome::Skipped, diagnosis.no_by_address};
  return {kTitle, outcome_of(*diagnosis.by_address),
          diagnosis.by_address->address + ": " + outcome_text(*diagnosis.by_address)};
}

DiagnosisStep traced(const Diagnosis& diagnosis) {
  constexpr std::string_view kTitle = "firewall and routing";
  if (!diagnosis.trace) return {kTitle, Outcome::Skipped, diagnosis.no_trace};
  return {kTitle, diagnosis.trace->end == End::Accepted ? Outcome::Ok : Outcome::Failed,
          path::says(*diagnosis.trace)};
}

/// Which half is broken, the name or the host, when the name did not lead to the host's address.
std::string name_part(const Diagnosis& diagnosis) {
  if (!diagnosis.by_address || !diagnosis.report || !diagnosis.report->failure) return {};
  const auto& by_address = *diagnosis.by_address;
  if (!by_address.failure)
    return fmt::format("By its address {} the host works: the name is the broken half", by_address.address);
  return fmt::format("By its address {} it fails as well, with {}: name and host are both to be looked at",
                     by_address.address, by_address.failure->row->reason);
}

/// `text` as a sentence of its own.
std::string sentence(std::string text) {
  if (text.empty()) return text;
  if ('a' <= text.front() && text.front() <= 'z') text.front() = static_cast<char>(text.front() - 'a' + 'A');
  if (!text.ends_with('.')) text += '.';
  return text;
}

/// What follows from the trace, beside what it says itself.
std::string trace_part(const Diagnosis& diagnosis) {
  if (!diagnosis.trace) return {};
  auto text = sentence(path::says(*diagnosis.trace));
  if (diagnosis.trace->end == End::Accepted)
    text += " The climb failed a moment before: the fault comes and goes.";
  return text;
}

/// Where TCP got no answer of the host itself, what ping adds.
std::string ping_part(const Diagnosis& diagnosis) {
  if (!diagnosis.trace || !diagnosis.ping) return {};
  const auto& trace = *diagnosis.trace;
  if (trace.end == End::Accepted || trace.end == End::Refused || trace.end == End::Stopped) return {};
  if (trace.by == By::Us || trace.by == By::Host) return {};
  if (0 < diagnosis.ping->received)
    return fmt::format("Ping is answered, TCP to port {} is not: the host, or whoever answers for it, is up",
                       diagnosis.port);
  return unanswered(*diagnosis.ping) ? "Ping is not answered either" : "";
}

std::string verdict(const Diagnosis& diagnosis) {
  if (!diagnosis.report) return sentence("nothing is known: " + diagnosis.no_report);
  const Row* row = diagnosis.report->decisive_row();
  if (row == nullptr) return sentence("nothing stops a client as far as this looks");
  if (!diagnosis.report->failure)
    return sentence(fmt::format("the climb passes, but {}: {}", row->reason, row->meaning));
  auto text = sentence(std::string{row->meaning});
  for (const auto& part : {trace_part(diagnosis), ping_part(diagnosis), name_part(diagnosis)})
    text = joined(std::move(text), sentence(part), " ");
  return text;
}

/// The reason is that of a host which refuses, and it was not the host.
bool refused_for_the_host(const Diagnosis& diagnosis) {
  return diagnosis.trace && diagnosis.report->failure &&
         diagnosis.report->failure->row->reason == "tcp_refused" &&
         path::refused_by_another(*diagnosis.trace);
}

/// What the trace tells to do, before the advice of the reason.
std::string first_of_all(const Diagnosis& diagnosis) {
  if (!diagnosis.trace) return {};
  const auto from = diagnosis.egress ? std::string_view{diagnosis.egress->address} : std::string_view{};
  return path::first_step(*diagnosis.trace,
                          {.address = diagnosis.address, .port = diagnosis.port, .from = from});
}

std::vector<std::string> next(const Diagnosis& diagnosis) {
  std::vector<std::string> items;
  if (auto first = first_of_all(diagnosis); !first.empty()) items.push_back(std::move(first));
  if (!diagnosis.report || refused_for_the_host(diagnosis)) return items;
  if (const Row* row = diagnosis.report->decisive_row())
    for (const auto item : split_items(row->advice)) items.emplace_back(item);
  return items;
}

}  // namespace

Conclusion conclude(const Diagnosis& diagnosis) {
  return {{reproduced(diagnosis), reached(diagnosis), bypassed(diagnosis), traced(diagnosis)},
          verdict(diagnosis),
          diagnosis.trace ? path::suspect(*diagnosis.trace) : std::string{},
          next(diagnosis)};
}

}  // namespace rdpwatch::daemon
