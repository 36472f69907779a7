#include "daemon/state/target_state.h"

#include "daemon/json_members.h"
#include "daemon/state/baseline_state.h"
#include "daemon/state/path_state.h"
#include "daemon/state/report_state.h"
#include "daemon/state/values.h"

namespace rdpwatch::daemon::state {
namespace {

/// Past probes are rows of numbers: time, duration, attempts, verdict, phase, then the reason or null, the
/// text of the failure (by its place in the list of texts) or null, then outcome and duration of every phase.
constexpr std::size_t kFixedColumns = 7;

template <class E>
Json number_of(E value) {
  return static_cast<unsigned>(value);
}

/// The value of a closed enum that begins at `first` and ends at `last`.
template <class E>
E value_between(const Json& json, E first, E last) {
  const auto number = integer<unsigned>(json);
  if (number < static_cast<unsigned>(first) || static_cast<unsigned>(last) < number)
    throw std::out_of_range{"an unknown number"};
  return static_cast<E>(number);
}

Json columns_of(const PastProbe& past, const Json& text) {
  Json row = Json::array({microseconds_of(past.time), past.duration.count(), past.attempts,
                          number_of(past.verdict), number_of(past.phase), nullptr, text});
  if (past.row != nullptr) row[5] = past.row->reason;
  for (std::size_t i = 0; i < PastProbe::kPhasesKept; ++i) {
    row.push_back(number_of(past.outcomes[i]));
    row.push_back(past.took[i].count());
  }
  return row;
}

/// Failures that share their text go on sharing it.
void put_probes(Json& object, const std::vector<PastProbe>& probes) {
  const FailureText* last = nullptr;
  Json texts = Json::array();
  Json rows = Json::array();
  for (const PastProbe& past : probes) {
    const FailureText* const text = past.failure.get();
    if (text != nullptr && text != last) texts.push_back({text->address, text->detail, text->trace});
    if (text != nullptr) last = text;
    rows.push_back(columns_of(past, text != nullptr ? Json(texts.size() - 1) : Json(nullptr)));
  }
  if (!texts.empty()) object["texts"] = std::move(texts);
  if (!rows.empty()) object["probes"] = std::move(rows);
}

PastProbe probe_from(const Json& row, const std::vector<std::shared_ptr<const FailureText>>& texts,
                     const Clocks& now) {
  PastProbe past;
  past.time = now.past(time_of(row.at(0)));
  past.duration = PastProbe::Microseconds{integer<std::uint32_t>(row.at(1))};
  past.attempts = integer<std::uint8_t>(row.at(2));
  past.verdict = value_between(row.at(3), Verdict::Ok, Verdict::Failed);
  past.phase = value_between(row.at(4), kPhases.front(), kPhases.back());
  if (!row.at(5).is_null()) past.row = &row_of(row.at(5));
  if (!row.at(6).is_null()) past.failure = texts.at(integer<std::size_t>(row.at(6)));
  if ((past.failure != nullptr) != (past.verdict == Verdict::Failed))
    throw std::out_of_range{"a past probe that contradicts itself"};
  for (std::size_t i = 0; i < PastProbe::kPhasesKept && kFixedColumns + 2 * i < row.size(); ++i) {
    past.outcomes[i] = value_between(row.at(kFixedColumns + 2 * i), Outcome::Ok, Outcome::Skipped);
    past.took[i] = PastProbe::Microseconds{integer<std::uint32_t>(row.at(kFixedColumns + 2 * i + 1))};
  }
  return past;
}

std::vector<PastProbe> probes_from(const Json& json, const Clocks& now) {
  std::vector<std::shared_ptr<const FailureText>> texts;
  if (json.contains("texts"))
    for (const Json& text : json.at("texts"))
      texts.push_back(std::make_shared<const FailureText>(FailureText{
          text.at(0).get<std::string>(), text.at(1).get<std::string>(), text.at(2).get<std::string>()}));
  std::vector<PastProbe> probes;
  if (!json.contains("probes")) return probes;
  probes.reserve(std::min(json.at("probes").size(), History::kAnyKept + History::kFailedKept));
  for (const Json& row : json.at("probes")) {
    try {
      probes.push_back(probe_from(row, texts, now));
    } catch (const UnknownReason&) {
      continue;  // of another release: costs this probe alone
    }
  }
  return probes;
}

Json to_json(const TargetMemory& memory, const Clocks& now) {
  Json object = Json::object();
  if (memory.negotiation_flags) object["flags"] = *memory.negotiation_flags;
  if (memory.nla_required) object["nla_required"] = *memory.nla_required;
  if (memory.nla_required_asked)
    object["nla_required_asked"] = microseconds_of(now.to_wall(*memory.nla_required_asked));
  put_text(object, "os_build", memory.os_build);
  put_text(object, "good_address", memory.good_address);
  put_flag(object, "ended_unheard", memory.ended_unheard);
  if (memory.baseline) object["baseline"] = baseline_to_json(*memory.baseline);
  return object;
}

TargetMemory memory_from(const Json& json, const Clocks& now) {
  TargetMemory memory;
  if (json.contains("flags")) memory.negotiation_flags = integer<std::uint8_t>(json.at("flags"));
  if (json.contains("nla_required")) memory.nla_required = json.at("nla_required").get<bool>();
  if (json.contains("nla_required_asked"))
    memory.nla_required_asked = now.to_steady(time_of(json.at("nla_required_asked")));
  memory.os_build = text_at(json, "os_build");
  memory.good_address = text_at(json, "good_address");
  memory.ended_unheard = flag_at(json, "ended_unheard");
  if (json.contains("baseline"))
    memory.baseline = std::make_shared<const Baseline>(baseline_from(json.at("baseline")));
  return memory;
}

void put_paths(Json& object, const TargetRecord& record) {
  if (record.path) object["path"] = path_to_json(*record.path);
  if (record.path_when_well && record.path_when_well != record.path)
    object["path_when_well"] = path_to_json(*record.path_when_well);
}

/// Those of a reason that this release does not know are left out.
void take_paths(const Json& json, const Clocks& now, TargetRecord& record) {
  const auto kept = [&](const char* key) -> std::shared_ptr<const PathLook> {
    if (!json.contains(key)) return nullptr;
    try {
      return std::make_shared<const PathLook>(path_from(json.at(key), now));
    } catch (const UnknownReason&) {
      return nullptr;
    }
  };
  record.path = kept("path");
  record.path_when_well = kept("path_when_well");
  if (record.path && record.path->row == nullptr) record.path_when_well = record.path;
}

}  // namespace

Json to_json(const TargetState& state, const Clocks& now) {
  const TargetRecord& record = state.record;
  Json object{{"target", state.id},
              {"runs", record.runs},
              {"failures", record.failures},
              {"state_changes", record.state_changes},
              {"consecutive_failures", record.consecutive_failures},
              {"dns_changes", record.dns_changes},
              {"dns_answer", record.dns_answer},
              {"since", microseconds_of(record.verdict_since)},
              {"last_success", microseconds_of(record.last_success)},
              {"memory", to_json(state.memory, now)}};
  const auto* const certificate = state.memory.certificate.get();
  if (certificate != nullptr) object["certificate"] = certificate_to_json(*certificate);
  if (record.last) object["report"] = report_to_json(*record.last, certificate);
  if (record.last_good && record.last_good != record.last)
    object["last_good"] = report_to_json(*record.last_good, certificate);
  put_probes(object, state.probes);
  put_paths(object, record);
  return object;
}

TargetState target_from(const Json& json, const Clocks& now) {
  TargetState state;
  state.id = json.at("target").get<std::string>();
  TargetRecord& record = state.record;
  record.runs = integer<std::uint64_t>(json.at("runs"));
  record.failures = integer<std::uint64_t>(json.at("failures"));
  record.state_changes = integer<std::uint64_t>(json.at("state_changes"));
  record.consecutive_failures = integer<std::uint32_t>(json.at("consecutive_failures"));
  record.dns_changes = integer<std::uint64_t>(json.at("dns_changes"));
  record.dns_answer = integer<std::uint64_t>(json.at("dns_answer"));
  record.verdict_since = now.past(time_of(json.at("since")));
  record.last_success = now.past(time_of(json.at("last_success")));
  state.memory = memory_from(json.at("memory"), now);
  if (json.contains("certificate"))
    state.memory.certificate = std::make_shared<const Certificate>(certificate_from(json.at("certificate")));
  const auto kept = [&](const char* key) -> std::shared_ptr<const ProbeReport> {
    try {
      if (!json.contains(key)) return nullptr;
      return report_from(json.at(key), state.id, state.memory.certificate, now);
    } catch (const UnknownReason&) {
      return nullptr;  // of another release: pending until the next probe
    }
  };
  record.last = kept("report");
  const bool failed = record.last && record.last->verdict == Verdict::Failed;
  record.last_good = failed ? kept("last_good") : record.last;
  state.probes = probes_from(json, now);
  take_paths(json, now, record);
  return state;
}

}  // namespace rdpwatch::daemon::state
