#include <array>
#include <map>
#include <tuple>

#include <fmt/core.h>

#include "daemon/explain.h"
#include "daemon/runbook.h"
#include "probes/taxonomy/client_codes.h"

namespace rdpwatch::daemon {
namespace {

/// What Markdown or the HTML in it would take for its own.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<') out += "&lt;";
    else if (c == '*' || c == '|') out.append("\\").push_back(c);
    else out.push_back(c);
  }
  return out;
}

std::string link(std::string_view id) { return fmt::format("[{0}](#{0})", id); }

/// With links to the reasons that it names, `self` left out.
std::string inline_text(std::string_view text, std::string_view self) {
  std::string out;
  for (const auto& [piece, is_reason] : pieces_of(text))
    out += is_reason && piece != self ? link(piece) : escaped(piece);
  return out;
}

std::string fenced(std::string_view language, const std::vector<std::string>& lines) {
  auto out = fmt::format("```{}\n", language);
  for (const auto& line : lines) out.append(line).push_back('\n');
  return out + "```\n";
}

std::string part_markdown(const RunbookPart& part, std::string_view self) {
  auto out = fmt::format("\n**{}**\n\n", part.title);
  std::size_t number = 0;
  for (const auto& item : part.items) {
    switch (part.layout) {
      case Layout::Shell: return out + fenced("sh", part.items);
      case Layout::PowerShell: return out + fenced("powershell", part.items);
      case Layout::Paragraphs: out += ++number == 1 ? "" : "\n"; break;
      case Layout::Numbered: out += fmt::format("{}. ", ++number); break;
      case Layout::Listed: out += "- "; break;
    }
    out += inline_text(item, self) + "\n";
  }
  return out;
}

std::string section_markdown(const RunbookSection& section) {
  auto out = fmt::format("\n## {}\n", section.id);
  for (const auto& line : section.lead) out += "\n" + inline_text(line, section.id) + "\n";
  if (!section.facts.empty()) out += "\n";
  for (const auto& [label, text] : section.facts) out += fmt::format("- {}: {}\n", label, escaped(text));
  for (const auto& part : section.parts) out += part_markdown(part, section.id);
  return out;
}

std::string marked(const Row& row) {
  return row.availability == Availability::Now ? link(row.reason) : link(row.reason) + " (not yet)";
}

struct ByCodes {
  bool operator()(const ClientCode& a, const ClientCode& b) const {
    return std::tie(a.code, a.extended) < std::tie(b.code, b.extended);
  }
};

/// Pairs in order, each with the reasons that show it, by basis.
std::string index_by_codes() {
  std::map<ClientCode, std::map<Basis, std::string>, ByCodes> index;
  for (const Row& row : taxonomy())
    for (const ClientCode* pair : {&row.client, &row.client_alternative})
      if (pair->basis != Basis::None) {
        auto& reasons = index[*pair][pair->basis];
        reasons.append(reasons.empty() ? "" : ", ").append(marked(row));
      }
  std::string out = "| codes | the number by itself | reasons |\n|---|---|---|\n";
  for (const auto& [pair, by_basis] : index) {
    const auto* name = pair.code ? find_disconnect_reason(*pair.code) : find_extended_reason(*pair.extended);
    std::string reasons;
    for (const auto& [basis, list] : by_basis)
      reasons.append(reasons.empty() ? "" : "; ").append(to_string(basis)).append(": ").append(list);
    out += fmt::format("| {} | {} | {} |\n", to_string(pair), name == nullptr ? "" : escaped(name->meaning),
                       reasons);
  }
  return out;
}

std::string index_without_codes() {
  std::string out = "| what the user sees | reason |\n|---|---|\n";
  for (const Row& row : taxonomy())
    if (row.client.basis == Basis::None && !row.client_note.empty())
      out += fmt::format("| {} | {} |\n", escaped(row.client_note), marked(row));
  return out;
}

std::string index_by_scenario() {
  constexpr std::array kScenarios{Scenario::NetworkBlockade,
                                  Scenario::SecurityMismatch,
                                  Scenario::HostRefusing,
                                  Scenario::NameOrPortMismatch,
                                  Scenario::ClientSide,
                                  Scenario::Account,
                                  Scenario::None};
  std::string out = "| scenario | reasons |\n|---|---|\n";
  for (const Scenario scenario : kScenarios) {
    std::string reasons;
    for (const Row& row : taxonomy())
      if (row.scenario == scenario) reasons.append(reasons.empty() ? "" : ", ").append(marked(row));
    out += fmt::format("| {}: {} | {} |\n", to_string(scenario), in_words(scenario), reasons);
  }
  return out;
}

constexpr std::string_view kHead =
    "# Runbook\n\n"
    "<!-- Made by `rdpwatch explain --runbook` from probes/taxonomy/rows and daemon/runbook_topics.cpp: "
    "change those. -->\n\n"
    "What to do about what rdpwatch tells. `rdpwatch explain REASON` and the daemon's `/runbook/REASON` show "
    "the same.\n\n"
    "[Where to start](#start), [by the codes of the dialog](#codes), [without a code](#no-codes), "
    "[by scenario](#scenarios), [the daemon itself](#daemon), [its place](#vantage); then every reason, in "
    "the order "
    "of the climb. \"Not yet\" marks what this release cannot see.\n";

}  // namespace

std::string runbook_markdown() {
  std::string out{kHead};
  const auto topics = runbook_topics();
  out += section_markdown(topics.front());
  out += "\n## codes\n\n" + index_by_codes();
  out += "\n## no-codes\n\n" + index_without_codes();
  out += "\n## scenarios\n\n" + index_by_scenario();
  for (const auto& topic : topics.subspan(1)) out += section_markdown(topic);
  for (const Row& row : taxonomy()) out += section_markdown(runbook_section(row));
  return out;
}

}  // namespace rdpwatch::daemon
