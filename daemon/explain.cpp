#include "daemon/explain.h"

#include <fmt/core.h>

#include "daemon/report_json.h"
#include "probes/taxonomy/client_codes.h"

namespace rdpwatch::daemon {
namespace {

constexpr std::size_t kIndent = 4;

std::string heading(std::string_view text, const TextStyle& style) {
  return "\n" + wrapped("", paint(Ink::Bold, text, style), 2, style);
}

std::string paragraph(std::string_view text, const TextStyle& style) { return wrapped("  ", text, 2, style); }

/// Lines to type are never broken: they are there to be copied.
std::string command_line(std::string_view line, const TextStyle& style) {
  return "  " + (line.starts_with('#') ? paint(Ink::Dim, line, style) : std::string{line}) + "\n";
}

std::string part_text(const RunbookPart& part, const TextStyle& style) {
  std::string out = heading(part.title, style);
  std::size_t number = 0;
  for (const auto& item : part.items) {
    std::string first;
    switch (part.layout) {
      case Layout::Paragraphs: out += paragraph(item, style); continue;
      case Layout::Shell:
      case Layout::PowerShell: out += command_line(item, style); continue;
      case Layout::Numbered: first = fmt::format("  {:>2}. ", ++number); break;
      case Layout::Listed: first = "  - "; break;
    }
    out += wrapped(first, item, first.size(), style);
  }
  return out;
}

std::string code_line(std::string_view label, std::uint32_t code, const ClientCodeName* name,
                      const TextStyle& style) {
  const auto meaning = name == nullptr ? std::string{"no source that we know names this number"}
                                       : fmt::format("{} ({})", name->meaning, to_string(name->source));
  return wrapped("", fmt::format("{} {} ({}): {}", label, hex_code(code), code, meaning), 2, style);
}

std::string candidate_entry(std::size_t number, const Candidate& candidate, const TextStyle& style) {
  const Row& row = *candidate.row;
  const auto title = fmt::format("{:>2}. {}  ", number, paint(Ink::Bold, row.reason, style));
  const auto where = row.phase ? fmt::format(", phase {}", to_string(*row.phase)) : std::string{};
  const auto& client = candidate.client;
  std::string out = wrapped(title, fmt::format("{}, {}{}", to_string(client), to_string(client.basis), where),
                            kIndent, style);
  const auto entry = [&](std::string_view text) {
    out += wrapped(std::string(kIndent, ' '), text, kIndent + 2, style);
  };
  entry(row.observation);
  entry(fmt::format("told apart: {}", row.told_apart_by));
  entry(fmt::format("do first: {}", split_items(row.advice).front()));
  if (row.availability != Availability::Now)
    entry(fmt::format("this release cannot see this: {}", why_not_now(row)));
  return out;
}

constexpr std::string_view kReadingOfSocketClosed =
    "The pair names a symptom, not a cause: TCP was accepted, and the connection was closed before a session "
    "existed (inferred). At which phase it was closed tells the candidates apart: run rdpwatch probe HOST.";

bool is_socket_closed(const DialogCodes& codes) { return codes.code == 0x904; }

}  // namespace

std::string to_string(const ClientCode& client) {
  if (client.code && client.extended)
    return fmt::format("{} / {}", hex_code(*client.code), hex_code(*client.extended));
  if (client.code) return hex_code(*client.code);
  if (client.extended) return fmt::format("extended {}", hex_code(*client.extended));
  return "";
}

std::string_view why_not_now(const Row& row) {
  switch (row.availability) {
    case Availability::Now: return "";
    case Availability::NeedsHistory:
      return "it needs evidence over time, from several vantages, or beside the climb";
    case Availability::NeedsDeepPhase: return "it needs a phase, or a door, that this release does not open";
  }
  return "";
}

std::string explain_section(const RunbookSection& section, const TextStyle& style) {
  std::string out = paint(Ink::Bold, section.id, style) + "\n";
  for (const auto& line : section.lead) out += paragraph(line, style);
  if (!section.facts.empty()) out += "\n";
  for (const auto& [label, text] : section.facts) out += field(label, text, style);
  for (const auto& part : section.parts) out += part_text(part, style);
  return for_output(std::move(out), style);
}

std::string explain_codes(const DialogCodes& codes, const TextStyle& style) {
  std::string out;
  if (codes.code) out += code_line("error code", *codes.code, find_disconnect_reason(*codes.code), style);
  if (codes.extended)
    out += code_line("extended error code", *codes.extended, find_extended_reason(*codes.extended), style);
  if (is_socket_closed(codes)) out += "\n" + wrapped("", kReadingOfSocketClosed, 0, style);
  const auto found = candidates(codes);
  if (found.empty()) return for_output(out + "\nno reason is known to show these codes\n", style);
  std::size_t number = 0;
  auto match = Candidate::Match::Partial;
  for (const Candidate& candidate : found) {
    if (number == 0 || candidate.match != match) {
      match = candidate.match;
      out += heading(match == Candidate::Match::Exact ? "Candidates, the likeliest first"
                                                      : "Candidates that share one of the numbers only",
                     style);
    }
    out += candidate_entry(++number, candidate, style);
  }
  return for_output(std::move(out), style);
}

std::string explain_all(const TextStyle& style) {
  std::string out;
  bool marked = false;
  for (const Row& row : taxonomy()) {
    const bool now = row.availability == Availability::Now;
    marked = marked || !now;
    const auto line = fmt::format("{} {} {}", now ? ' ' : '-', padded(row.reason, 26), row.observation);
    out += paint(now ? Ink::Plain : Ink::Dim, line, style) + "\n";
  }
  if (marked) out += "\n- this release cannot see it yet; rdpwatch explain REASON says why\n";
  return for_output(std::move(out), style);
}

}  // namespace rdpwatch::daemon
