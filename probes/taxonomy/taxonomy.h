#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "probes/taxonomy/cause.h"
#include "probes/taxonomy/phase.h"

namespace rdpwatch {

/// Which of the operator's families a reason belongs to.
enum class Scenario : std::uint8_t {
  None,
  NetworkBlockade,
  SecurityMismatch,
  HostRefusing,
  NameOrPortMismatch,
  ClientSide,
  Account,
};

enum class Severity : std::uint8_t { Info, Warning, Critical };

/// A failure stops the climb; a finding travels beside it.
enum class Kind : std::uint8_t { Failure, Finding };

/// How the client codes of a row are known.
enum class Basis : std::uint8_t { None, Documented, Reported, Inferred };

/// Whether this release can produce the reason.
enum class Availability : std::uint8_t {
  Now,
  NeedsHistory,   ///< evidence over time or from several vantages
  NeedsDeepPhase  ///< a phase or door that this release does not open
};

/// What the Windows client shows: disconnect reason and extended reason. Empty where nothing is known.
struct ClientCode {
  std::optional<std::uint32_t> code{};
  std::optional<std::uint32_t> extended{};
  Basis basis = Basis::None;
};

/// Where commands are typed: in a POSIX shell at the prober, in PowerShell everywhere else.
enum class Place : std::uint8_t {
  Prober,
  Client,
  Host,
  NameServer,
  DomainController,
  Gateway,
  Broker,
  Hypervisor,
};

/// Commands that answer one question. Each line is a command, or begins with "# " and says what the next one
/// shows; "# REPAIR" marks those that change something. HOST, ADDRESS, PORT and other words in capitals stand
/// for the reader's own.
struct CommandBlock {
  Place place = Place::Prober;
  std::string_view lines{};
};

/// In the order in which they help; unused ones, at the end, have no lines.
using Commands = std::array<CommandBlock, 4>;

/// One row of the taxonomy: everything that is known about a reason, written once. The classifier, label
/// values, `explain`, the JSON of a probe and the runbook all come from here.
/// INVARIANT: `reason` is unique, snake_case, and never renamed after a release.
struct Row {
  std::uint16_t number;          ///< row of the reference table; 0 for none
  std::string_view family;       ///< dns, tcp, x224, tls, cert, ...
  std::optional<Phase> phase{};  ///< empty for rows of any phase and of doors beside the ladder
  std::optional<Cause> cause{};  ///< empty when nothing of this release observes it
  std::string_view reason;       ///< the stable id; of a family `<id>_<number>` its prefix
  Scenario scenario;
  Kind kind;
  Severity severity;                ///< default; a policy may raise or lower it
  ClientCode client{};              ///< the likeliest pair
  ClientCode client_alternative{};  ///< a second pair seen for it
  std::string_view client_note{};   ///< what the user sees when it is not a pair: "certificate warning box"
  Availability availability;
  std::string_view observation;    ///< what was observed, one phrase
  std::string_view meaning;        ///< what it means, one or two sentences
  std::string_view likely_causes;  ///< in order of likelihood, separated by "; "
  std::string_view checklist;      ///< first useful steps of the operator's checklist, as "2,4"
  std::string_view advice;         ///< what to do, in order, separated by "; "
  std::string_view told_apart_by;  ///< how it is told from the other candidates of the same client code
  Commands commands;               ///< what to type, from the blocks of rows/commands_*.h
  std::string_view confirm;        ///< how it shows that this reason is gone, beside the next probe
  std::string_view
      alerts{};  ///< alert rules for it, separated by "; "; empty: those of its kind and severity
};

/// All rows in the order of the reference.
std::span<const Row> taxonomy();

/// The row of a pair. Total: a pair without a row becomes `<phase>_unclassified`, never nothing. Errors of
/// the network and of the prober itself keep their `connect` row in whatever phase they strike; the phase of
/// the failure is the caller's.
const Row& classify(Phase phase, Cause cause);

/// The row of a reason id, or nullptr.
const Row* find_reason(std::string_view reason);

/// The items of `likely_causes`, `advice` or `alerts`, which are separated by "; ".
std::vector<std::string_view> split_items(std::string_view list);

std::string_view to_string(Scenario scenario);
std::string_view to_string(Severity severity);
std::string_view to_string(Kind kind);
std::string_view to_string(Basis basis);
std::string_view to_string(Availability availability);
std::string_view to_string(Place place);

}  // namespace rdpwatch
