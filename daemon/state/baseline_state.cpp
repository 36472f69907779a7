#include "daemon/state/baseline_state.h"

#include "daemon/state/values.h"

namespace rdpwatch::daemon::state {
namespace {

using std::chrono::microseconds;

Json to_json(const Baseline::Times& times) { return {{"slots", times.slots}, {"recent", times.recent}}; }

template <std::size_t size>
void read(const Json& json, std::array<std::uint32_t, size>& into) {
  if (json.size() != size) throw std::out_of_range{"another number of times"};
  for (std::size_t i = 0; i < size; ++i) into[i] = integer<std::uint32_t>(json.at(i));
}

Baseline::Times times_from(const Json& json) {
  Baseline::Times times;
  read(json.at("slots"), times.slots);
  read(json.at("recent"), times.recent);
  return times;
}

/// The bits of the last probes.
std::uint32_t bits_from(const Json& json) {
  const auto bits = integer<std::uint32_t>(json);
  if (bits >> Baseline::kProbes != 0) throw std::out_of_range{"more probes than are remembered"};
  return bits;
}

Json to_json(const Comparison& comparison) {
  return {comparison.recent.count(), comparison.usual.count(), comparison.spread.count()};
}

std::optional<Comparison> compared(const Json& json, const char* key) {
  if (!json.contains(key)) return std::nullopt;
  const auto at = [&](std::size_t i) { return microseconds{integer<std::uint32_t>(json.at(key).at(i))}; };
  if (at(1) == microseconds{0}) throw std::out_of_range{"nothing is usual"};
  return Comparison{at(0), at(1), at(2)};
}

}  // namespace

Json baseline_to_json(const Baseline& baseline) {
  const auto& data = baseline.data();
  return {{"slot", data.slot},
          {"slot_seconds", data.slot_seconds},
          {"round_trip", to_json(data.round_trip)},
          {"climb", to_json(data.climb)},
          {"repeats", {data.probes, data.syn, data.data, data.retry}}};
}

Baseline baseline_from(const Json& json) {
  Baseline::Data data;
  data.slot = integer<std::uint32_t>(json.at("slot"));  // 2106 in slots of a second
  data.slot_seconds = integer<std::uint32_t>(json.at("slot_seconds"));
  data.round_trip = times_from(json.at("round_trip"));
  data.climb = times_from(json.at("climb"));
  const Json& repeats = json.at("repeats");
  data.probes = integer<std::uint8_t>(repeats.at(0));
  if (Baseline::kProbes < data.probes) throw std::out_of_range{"more probes than are remembered"};
  data.syn = bits_from(repeats.at(1));
  data.data = bits_from(repeats.at(2));
  data.retry = bits_from(repeats.at(3));
  return Baseline{data};
}

Json comparison_to_json(const BaselineEvidence& evidence) {
  const Repeats& repeats = evidence.repeats;
  Json object{{"repeats", {repeats.probes, repeats.resent, repeats.syn, repeats.data, repeats.retry}}};
  if (evidence.round_trip) object["round_trip"] = to_json(*evidence.round_trip);
  if (evidence.climb) object["climb"] = to_json(*evidence.climb);
  return object;
}

BaselineEvidence comparison_from(const Json& json) {
  const auto repeat = [&](std::size_t i) { return int{integer<std::uint8_t>(json.at("repeats").at(i))}; };
  return {compared(json, "round_trip"), compared(json, "climb"),
          Repeats{repeat(0), repeat(1), repeat(2), repeat(3), repeat(4)}};
}

}  // namespace rdpwatch::daemon::state
