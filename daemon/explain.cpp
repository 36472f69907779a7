#include "daemon/explain.h"

#include <fmt/core.h>

#include "daemon/report_json.h"
#include "probes/taxonomy/client_codes.h"

namespace rdpwatch::daemon {
namespace {

constexpr std::size_t kIndent = 4;

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

std::string heading(std::string_view text, const TextStyle& style) {
  return "\n" + wrapped("", paint(Ink::Bold, text, style), 2, style);
}

std::string field(std::string_view label, std::string_view text, const TextStyle& style) {
  constexpr std::size_t kLabel = 12;
  return wrapped("  " + padded(label, kLabel), text, 2 + kLabel, style);
}

std::string numbered(std::string_view list, const TextStyle& style) {
  std::string out;
  std::size_t number = 0;
  for (const auto item : split_items(list)) {
    const auto first = fmt::format("  {:>2}. ", ++number);
    out += wrapped(first, item, first.size(), style);
  }
  return out;
}

std::string paragraph(std::string_view text, const TextStyle& style) { return wrapped("  ", text, 2, style); }

/// What the user sees: the pairs with their basis, the note, or that nothing is known.
std::string what_the_user_sees(const Row& row, const TextStyle& style) {
  std::string out;
  for (const ClientCode* pair : {&row.client, &row.client_alternative}) {
    if (pair->basis == Basis::None) continue;
    out += paragraph(fmt::format("{} ({})", to_string(*pair), in_words(pair->basis)), style);
  }
  if (!row.client_note.empty()) out += paragraph(row.client_note, style);
  return out.empty() ? paragraph("not known", style) : out;
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

std::string explain_reason(const Row& row, const TextStyle& style) {
  std::string out = paint(Ink::Bold, row.reason, style) + "\n";
  out += paragraph(row.observation, style);
  if (row.availability != Availability::Now)
    out += paragraph(fmt::format("this release cannot see this: {}", why_not_now(row)), style);
  out += "\n";
  out += field("scenario", fmt::format("{}: {}", to_string(row.scenario), in_words(row.scenario)), style);
  out += field("severity", fmt::format("{} ({})", to_string(row.severity), in_words(row.kind)), style);
  out += field("phase", row.phase ? to_string(*row.phase) : "any, or a door beside the ladder", style);
  out += heading("What it means", style) + paragraph(row.meaning, style);
  out += heading("What the user sees", style) + what_the_user_sees(row, style);
  out += heading("Likely causes", style) + numbered(row.likely_causes, style);
  out += heading("What to do", style) + numbered(row.advice, style);
  out += heading("Told apart by", style) + paragraph(row.told_apart_by, style);
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
