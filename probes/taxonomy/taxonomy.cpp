#include "probes/taxonomy/taxonomy.h"

#include <algorithm>
#include <array>

#include "probes/taxonomy/rows/account.h"
#include "probes/taxonomy/rows/certificate.h"
#include "probes/taxonomy/rows/connect.h"
#include "probes/taxonomy/rows/doors.h"
#include "probes/taxonomy/rows/logon.h"
#include "probes/taxonomy/rows/mcs.h"
#include "probes/taxonomy/rows/negotiate.h"
#include "probes/taxonomy/rows/nla.h"
#include "probes/taxonomy/rows/resolve.h"
#include "probes/taxonomy/rows/session.h"
#include "probes/taxonomy/rows/tls.h"
#include "probes/taxonomy/rows/x224.h"

namespace rdpwatch {
namespace {

template <std::size_t... sizes>
consteval auto join(const std::array<Row, sizes>&... groups) {
  std::array<Row, (sizes + ...)> all{};
  auto out = all.begin();
  ((out = std::ranges::copy(groups, out).out), ...);
  // Insertion sort: stable, so that rows of one number keep the order of the climb.
  for (auto row = all.begin(); row != all.end(); ++row)
    for (auto at = row; at != all.begin() && at->number < (at - 1)->number; --at) std::swap(*at, *(at - 1));
  return all;
}

constexpr auto kRows = join(rows::kResolveRows, rows::kConnectRows, rows::kX224Rows, rows::kNegotiateRows,
                            rows::kTlsRows, rows::kCertificateRows, rows::kNlaRows, rows::kAccountRows,
                            rows::kLogonRows, rows::kMcsRows, rows::kSessionRows, rows::kDoorsRows);

constexpr auto kCauses = static_cast<std::size_t>(Cause::PassedOnRetry) + 1;  // the last one
using Index = std::array<std::array<std::uint8_t, kCauses>, kPhases.size()>;
constexpr std::uint8_t kNoRow = 0xFF;
static_assert(kRows.size() < kNoRow);

/// `observed` in `phase` counts as `same_as` in `row_phase`.
struct Alias {
  Phase phase;
  Cause observed;
  Phase row_phase;
  Cause same_as;
};

constexpr auto kAliases = std::to_array<Alias>({
    {Phase::Connect, Cause::Closed, Phase::Connect, Cause::ClosedOnAccept},
    {Phase::Connect, Cause::Reset, Phase::Connect, Cause::ResetOnAccept},
    {Phase::Tls, Cause::Malformed, Phase::Tls, Cause::NotTls},
    {Phase::Nla, Cause::Reset, Phase::Nla, Cause::Closed},  // the detail says which of the two it was
});

/// What these mean does not depend on how far the climb was.
constexpr auto kOfAnyPhase = std::to_array<Cause>({
    Cause::NetworkUnreachable,
    Cause::HostUnreachable,
    Cause::AdminProhibited,
    Cause::TtlExceeded,
    Cause::LocalRouteDenied,
    Cause::SocketDenied,
    Cause::ResourcesExhausted,
});

constexpr std::uint8_t& cell(Index& index, Phase phase, Cause cause) {
  return index[ordinal(phase) - 1][static_cast<std::size_t>(cause)];
}

/// Throws, and so does not compile, when two rows claim one pair.
constexpr void claim(std::uint8_t& cell, std::size_t row) {
  if (cell != kNoRow) throw "a row hides another";
  cell = static_cast<std::uint8_t>(row);
}

consteval Index build_index() {
  Index index{};
  for (auto& causes : index) causes.fill(kNoRow);
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (!kRows[i].cause) continue;
    for (const Phase phase : kPhases)
      if (kRows[i].phase.value_or(phase) == phase) claim(cell(index, phase, *kRows[i].cause), i);
  }
  for (const auto& [phase, observed, row_phase, same_as] : kAliases)
    claim(cell(index, phase, observed), cell(index, row_phase, same_as));
  for (const Cause cause : kOfAnyPhase)
    for (const Phase phase : kPhases)
      if (phase != Phase::Connect) claim(cell(index, phase, cause), cell(index, Phase::Connect, cause));
  for (const Phase phase : kPhases)
    for (std::uint8_t& row : index[ordinal(phase) - 1])
      if (row == kNoRow) row = cell(index, phase, Cause::Unclassified);
  return index;
}

constexpr Index kIndex = build_index();

static_assert(std::ranges::all_of(kIndex, [](const auto& causes) {
  return std::ranges::none_of(causes, [](std::uint8_t row) { return row == kNoRow; });
}));

constexpr bool is_snake_case(std::string_view id) {
  return !id.empty() && id.front() != '_' && id.back() != '_' && std::ranges::all_of(id, [](char c) {
    return ('a' <= c && c <= 'z') || ('0' <= c && c <= '9') || c == '_';
  });
}

static_assert(std::ranges::all_of(kRows, [](const Row& row) {
  return is_snake_case(row.reason) &&
         std::ranges::count(kRows, row.reason, [](const Row& other) { return other.reason; }) == 1;
}));

static_assert(std::ranges::all_of(kRows, [](const Row& row) {
  return !row.confirm.empty() && !row.commands.front().lines.empty();
}));

}  // namespace

std::span<const Row> taxonomy() { return kRows; }

const Row& classify(Phase phase, Cause cause) {
  return kRows[kIndex[ordinal(phase) - 1][static_cast<std::size_t>(cause)]];
}

const Row* find_reason(std::string_view reason) {
  const auto* row = std::ranges::find(kRows, reason, &Row::reason);
  return row == kRows.end() ? nullptr : row;
}

std::vector<std::string_view> split_items(std::string_view list) {
  constexpr std::string_view kSeparator = "; ";
  std::vector<std::string_view> items;
  while (!list.empty()) {
    const auto end = std::min(list.find(kSeparator), list.size());
    items.push_back(list.substr(0, end));
    list.remove_prefix(std::min(end + kSeparator.size(), list.size()));
  }
  return items;
}

std::string_view to_string(Scenario scenario) {
  switch (scenario) {
    case Scenario::None: return "none";
    case Scenario::NetworkBlockade: return "network_blockade";
    case Scenario::SecurityMismatch: return "security_mismatch";
    case Scenario::HostRefusing: return "host_refusing";
    case Scenario::NameOrPortMismatch: return "name_or_port_mismatch";
    case Scenario::ClientSide: return "client_side";
    case Scenario::Account: return "account";
  }
  return "";
}

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::Info: return "info";
    case Severity::Warning: return "warning";
    case Severity::Critical: return "critical";
  }
  return "";
}

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::Failure: return "failure";
    case Kind::Finding: return "finding";
  }
  return "";
}

std::string_view to_string(Basis basis) {
  switch (basis) {
    case Basis::None: return "none";
    case Basis::Documented: return "documented";
    case Basis::Reported: return "reported";
    case Basis::Inferred: return "inferred";
  }
  return "";
}

std::string_view to_string(Availability availability) {
  switch (availability) {
    case Availability::Now: return "now";
    case Availability::NeedsHistory: return "needs_history";
    case Availability::NeedsDeepPhase: return "needs_deep_phase";
  }
  return "";
}

std::string_view to_string(Place place) {
  switch (place) {
    case Place::Prober: return "prober";
    case Place::Client: return "client";
    case Place::Host: return "host";
    case Place::NameServer: return "name_server";
    case Place::DomainController: return "domain_controller";
    case Place::Gateway: return "gateway";
    case Place::Broker: return "broker";
    case Place::Hypervisor: return "hypervisor";
  }
  return "";
}

}  // namespace rdpwatch
