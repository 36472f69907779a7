#include "daemon/runbook.h"

#include <algorithm>

#include <fmt/core.h>

#include "daemon/explain.h"

namespace rdpwatch::daemon {
namespace {

std::string_view in_words(Basis basis) {
  switch (basis) {
    case Basis::None: return "";
    case Basis::Documented: return "documented: Microsoft's documentation ties this code to it";
    case Basis::Reported:
      return "reported: users saw this code with this cause; not documented, not measured by us";
    case Basis::Inferred:
      return "inferred: concluded from what is documented and reported; nobody was seen to confirm it";
  }
  return "";
}

std::string_view in_words(Kind kind) {
  return kind == Kind::Failure ? "failure: it stops the climb" : "finding: the climb goes on";
}

std::string_view in_words(Place place) {
  switch (place) {
    case Place::Prober: return "Commands at the prober";
    case Place::Client: return "Commands on the user's machine (PowerShell)";
    case Place::Host: return "Commands on the RDP host (PowerShell as administrator)";
    case Place::NameServer: return "Commands on the name server (PowerShell)";
    case Place::DomainController: return "Commands on a domain controller (PowerShell)";
    case Place::Gateway: return "Commands on the gateway (PowerShell)";
    case Place::Broker: return "Commands on the connection broker (PowerShell)";
    case Place::Hypervisor: return "Commands on the hypervisor (PowerShell)";
  }
  return "";
}

std::vector<std::string> strings(const std::vector<std::string_view>& views) {
  return {views.begin(), views.end()};
}

/// What the user sees: the pairs with their basis, the note, or that nothing is known.
std::vector<std::string> what_the_user_sees(const Row& row) {
  std::vector<std::string> seen;
  for (const ClientCode* pair : {&row.client, &row.client_alternative})
    if (pair->basis != Basis::None)
      seen.push_back(fmt::format("{} ({})", to_string(*pair), in_words(pair->basis)));
  if (!row.client_note.empty()) seen.emplace_back(row.client_note);
  if (seen.empty()) seen.emplace_back("not known");
  return seen;
}

void append_lines(std::vector<std::string>& to, std::string_view lines) {
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    to.emplace_back(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

/// One part for each place, in the order in which the row first names it.
void append_commands(std::vector<RunbookPart>& parts, const Commands& commands) {
  const auto begin = parts.size();
  for (const auto& [place, lines] : commands) {
    if (lines.empty()) continue;
    const auto title = in_words(place);
    auto part = std::ranges::find(parts.begin() + static_cast<std::ptrdiff_t>(begin), parts.end(), title,
                                  &RunbookPart::title);
    if (part == parts.end())
      part = parts.insert(
          part, {std::string{title}, place == Place::Prober ? Layout::Shell : Layout::PowerShell, {}});
    append_lines(part->items, lines);
  }
}

std::string_view alerts_of(const Row& row) {
  if (!row.alerts.empty()) return row.alerts;
  if (row.kind == Kind::Failure) return "RdpHostDown";
  switch (row.severity) {
    case Severity::Info: return "";
    case Severity::Warning: return "RdpHostFindingWarning";
    case Severity::Critical: return "RdpHostFindingCritical";
  }
  return "";
}

std::string which_alerts_end(const Row& row) {
  const bool failure = row.kind == Kind::Failure;
  auto text = fmt::format("after the daemon's next probe {}{{reason=\"{}\"}} is gone",
                          failure ? "rdp_probe_failure_info" : "rdp_probe_finding_info", row.reason);
  if (row.severity == Severity::Info) text = "the next probe does not list it; info findings have no series";
  std::string names;
  for (const auto name : split_items(alerts_of(row))) names.append(names.empty() ? "" : ", ").append(name);
  if (names.empty()) return text + ", and no alert is made of it";
  return text + ", and some minutes later " + names + (names.find(',') == names.npos ? " ends" : " end");
}

std::vector<std::string> how_to_confirm(const Row& row) {
  if (row.availability != Availability::Now)
    return {std::string{row.confirm}, "no probe, series or alert of this release tells"};
  const auto probe = row.kind == Kind::Finding
                         ? fmt::format("rdpwatch probe HOST:PORT does not list {} any more", row.reason)
                         : fmt::format("rdpwatch probe HOST:PORT gets past {}",
                                       to_string(row.phase.value_or(kDeepestPhase)));
  return {probe, std::string{row.confirm}, which_alerts_end(row)};
}

bool of_identifier(char c) { return ('a' <= c && c <= 'z') || ('0' <= c && c <= '9') || c == '_'; }

}  // namespace

std::string_view in_words(Scenario scenario) {
  switch (scenario) {
    case Scenario::None: return "for information, no fault of one side";
    case Scenario::NetworkBlockade: return "the network between client and host blocks or loses packets";
    case Scenario::SecurityMismatch: return "client and host disagree about TLS, certificates or CredSSP";
    case Scenario::HostRefusing: return "the host, or its RDP service, does not take connections";
    case Scenario::NameOrPortMismatch: return "the name, address or port leads to something else";
    case Scenario::ClientSide: return "something on the client's, or the prober's, side interferes";
    case Scenario::Account: return "the account or its password is refused";
  }
  return "";
}

RunbookSection runbook_section(const Row& row) {
  RunbookSection section{.id = std::string{row.reason}};
  section.lead.emplace_back(row.observation);
  if (row.availability != Availability::Now)
    section.lead.push_back(fmt::format("this release cannot see this: {}", why_not_now(row)));
  section.facts = {
      {"scenario", fmt::format("{}: {}", to_string(row.scenario), in_words(row.scenario))},
      {"severity", fmt::format("{} ({})", to_string(row.severity), in_words(row.kind))},
      {"phase", std::string{row.phase ? to_string(*row.phase) : "any, or a door beside the ladder"}}};
  auto& parts = section.parts;
  parts.push_back({"What it means", Layout::Paragraphs, {std::string{row.meaning}}});
  parts.push_back({"What the user sees", Layout::Paragraphs, what_the_user_sees(row)});
  parts.push_back({"Likely causes", Layout::Numbered, strings(split_items(row.likely_causes))});
  append_commands(parts, row.commands);
  parts.push_back({"What to do", Layout::Numbered, strings(split_items(row.advice))});
  parts.push_back({"How to confirm", Layout::Numbered, how_to_confirm(row)});
  parts.push_back({"Told apart by", Layout::Paragraphs, {std::string{row.told_apart_by}}});
  return section;
}

std::optional<RunbookSection> find_runbook_section(std::string_view id) {
  if (const Row* row = find_reason_or_family(id)) return runbook_section(*row);
  const auto topics = runbook_topics();
  const auto topic = std::ranges::find(topics, id, &RunbookSection::id);
  if (topic == topics.end()) return std::nullopt;
  return *topic;
}

std::vector<TextPiece> pieces_of(std::string_view text) {
  std::vector<TextPiece> pieces;
  std::size_t plain = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto begin = at;
    while (at < text.size() && of_identifier(text[at])) ++at;
    const auto word = text.substr(begin, at - begin);
    if (word.find('_') != word.npos && find_reason(word) != nullptr) {
      if (plain < begin) pieces.push_back({text.substr(plain, begin - plain)});
      pieces.push_back({word, true});
      plain = at;
    }
    if (at == begin) ++at;
  }
  if (plain < text.size()) pieces.push_back({text.substr(plain)});
  return pieces;
}

}  // namespace rdpwatch::daemon
