#include <nlohmann/json.hpp>

#include "daemon/explain.h"
#include "daemon/report_json.h"
#include "probes/taxonomy/client_codes.h"

namespace rdpwatch::daemon {
namespace {

using Json = nlohmann::ordered_json;

Json client_json(const ClientCode& client) {
  Json object = Json::object();
  if (client.code) object["code"] = hex_code(*client.code);
  if (client.extended) object["extended_code"] = hex_code(*client.extended);
  object["basis"] = to_string(client.basis);
  return object;
}

Json code_json(std::uint32_t code, const ClientCodeName* name) {
  Json object{{"number", hex_code(code)}};
  if (name != nullptr) {
    object["meaning"] = name->meaning;
    object["source"] = to_string(name->source);
  }
  return object;
}

}  // namespace

Json reason_json(const Row& row) {
  Json object{{"reason", row.reason},
              {"family", row.family},
              {"scenario", to_string(row.scenario)},
              {"kind", to_string(row.kind)},
              {"severity", to_string(row.severity)}};
  if (row.phase) object["phase"] = to_string(*row.phase);
  auto clients = Json::array();
  for (const ClientCode* pair : {&row.client, &row.client_alternative})
    if (pair->basis != Basis::None) clients.push_back(client_json(*pair));
  object["client_codes"] = std::move(clients);
  if (!row.client_note.empty()) object["client_note"] = row.client_note;
  object["availability"] = to_string(row.availability);
  object["observation"] = row.observation;
  object["meaning"] = row.meaning;
  object["likely_causes"] = split_items(row.likely_causes);
  object["checklist"] = row.checklist;
  object["advice"] = split_items(row.advice);
  object["told_apart_by"] = row.told_apart_by;
  auto commands = Json::array();
  for (const auto& [place, lines] : row.commands)
    if (!lines.empty()) commands.push_back({{"place", to_string(place)}, {"lines", lines}});
  object["commands"] = std::move(commands);
  object["confirm"] = row.confirm;
  return object;
}

Json codes_json(const DialogCodes& codes) {
  Json object = Json::object();
  if (codes.code) object["code"] = code_json(*codes.code, find_disconnect_reason(*codes.code));
  if (codes.extended)
    object["extended_code"] = code_json(*codes.extended, find_extended_reason(*codes.extended));
  auto array = Json::array();
  for (const Candidate& candidate : candidates(codes)) {
    auto entry = reason_json(*candidate.row);
    entry["match"] = candidate.match == Candidate::Match::Exact ? "exact" : "partial";
    entry["matched_code"] = client_json(candidate.client);
    array.push_back(std::move(entry));
  }
  object["candidates"] = std::move(array);
  return object;
}

}  // namespace rdpwatch::daemon
