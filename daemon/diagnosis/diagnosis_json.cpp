#include <nlohmann/json.hpp>

#include "daemon/diagnosis/diagnosis_text.h"
#include "daemon/json_members.h"
#include "daemon/path_json.h"
#include "daemon/report_json.h"

namespace rdpwatch::daemon {
namespace {

using Json = nlohmann::ordered_json;

Json context_json(const Diagnosis& diagnosis) {
  Json object = Json::object();
  if (!diagnosis.address.empty()) {
    object["target_address"] = diagnosis.address;
    object["target_address_kind"] = path::to_string(diagnosis.address_kind);
  }
  if (!diagnosis.egress) return object;
  put_egress(object, *diagnosis.egress);
  return object;
}

Json step_json(const DiagnosisStep& step) {
  return {{"title", step.title}, {"outcome", to_string(step.outcome)}, {"says", step.says}};
}

}  // namespace

Json diagnosis_json(const Diagnosis& diagnosis) {
  const auto conclusion = conclude(diagnosis);
  Json object{{"schema", 1},
              {"target", diagnosis.target},
              {"host", diagnosis.host},
              {"port", diagnosis.port},
              {"time", utc_milliseconds(diagnosis.time)}};
  const Row* row = diagnosis.report ? diagnosis.report->decisive_row() : nullptr;
  if (diagnosis.report) object["verdict"] = to_string(diagnosis.report->verdict);
  if (row != nullptr) object["reason"] = row->reason;
  if (row != nullptr) object["scenario"] = to_string(row->scenario);
  object["summary"] = conclusion.verdict;
  put_text(object, "suspect", conclusion.suspect);
  object["next"] = conclusion.next;
  object["connections"] = diagnosis.connections();
  auto steps = Json::array();
  for (const auto& step : conclusion.steps) steps.push_back(step_json(step));
  steps[0]["context"] = context_json(diagnosis);
  if (diagnosis.report) steps[0]["probe"] = to_json(*diagnosis.report);
  if (diagnosis.ping) steps[1]["ping"] = to_json(*diagnosis.ping);
  if (diagnosis.by_address) steps[2]["probe"] = to_json(*diagnosis.by_address);
  if (diagnosis.trace) steps[3]["trace"] = to_json(*diagnosis.trace);
  object["steps"] = std::move(steps);
  return object;
}

}  // namespace rdpwatch::daemon
