#include "daemon/http/doors_json.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "daemon/path_json.h"
#include "daemon/path_text.h"
#include "daemon/pause_json.h"
#include "daemon/report_json.h"

namespace rdpwatch::daemon::http {
namespace {

using nlohmann::ordered_json;

constexpr std::size_t kSliceBytes = 64 * 1024;

std::string discovery_json(const TargetRecord& record) {
  ordered_json labels{{"__metrics_path__", "/probe"},
                      {"__meta_rdpwatch_module", record.target->module ? record.target->module->name : ""}};
  for (const auto& [name, value] : record.target->labels) labels[name] = value;
  return to_line({{"targets", ordered_json::array({record.target->id})}, {"labels", std::move(labels)}});
}

/// `begin`, an element for each record of [first, last) with commas between, `end`.
class RecordList final : public BodySource {
 public:
  using Write = std::string (*)(const TargetRecord& record);

  RecordList(std::shared_ptr<const Records> records, std::size_t first, std::size_t last, std::string begin,
             std::string end, Write write)
      : records_{std::move(records)},
        first_{first},
        next_{first},
        last_{last},
        begin_{std::move(begin)},
        end_{std::move(end)},
        write_{write} {}

  bool next(metrics::TextBuffer& out) override {
    if (next_ == first_) out.append(std::exchange(begin_, {}));
    for (std::size_t limit = out.size() + kSliceBytes; next_ < last_; ++next_) {
      if (limit <= out.size()) return true;
      if (next_ != first_) out.append(",\n");
      out.append(write_((*records_)[next_]));
    }
    out.append(end_);
    return false;
  }

 private:
  std::shared_ptr<const Records> records_;
  std::size_t first_;
  std::size_t next_;
  std::size_t last_;
  std::string begin_;
  std::string end_;
  Write write_;
};

/// What the way to the target showed, and what follows for the advice.
void put_path(ordered_json& json, const TargetRecord& record) {
  if (!record.path) return;
  const auto* const before = record.path == record.path_when_well ? nullptr : record.path_when_well.get();
  json["path"] = to_json(*record.path, before);
  const auto* const look = look_at_failure(record);
  if (look == nullptr) return;
  if (auto first = path_advice(*look, record.target->port); !first.empty())
    json["advice"].insert(json["advice"].begin(), std::move(first));
}

/// The last probe that did not fail, beside one that did.
void put_last_good(ordered_json& json, const TargetRecord& record) {
  if (!record.last_good || record.last_good == record.last) return;
  const auto good = to_json(*record.last_good);
  auto& object = json["last_good"];
  for (const auto* const key : {"time", "address", "phases", "server"})
    if (good.contains(key)) object[key] = good.at(key);
}

}  // namespace

std::string target_json(const TargetRecord& record) {
  const config::Target& target = *record.target;
  auto json = record.last ? to_json(*record.last)
                          : ordered_json{{"schema", 1},
                                         {"target", target.id},
                                         {"host", target.host},
                                         {"port", target.port},
                                         {"module", target.module ? target.module->name : ""},
                                         {"verdict", "pending"}};
  put_path(json, record);
  put_last_good(json, record);
  if (record.pause) json["paused"] = to_json(*record.pause);
  if (record.suspect) json["suspect_vantage"] = *record.suspect;
  return to_line(json);
}

std::unique_ptr<BodySource> targets_json(std::shared_ptr<const Records> records, std::size_t offset,
                                         std::size_t limit) {
  const std::size_t total = records->size();
  const std::size_t first = std::min(offset, total);
  const std::size_t last = first + std::min(limit, total - first);
  std::string begin =
      R"({"total":)" + std::to_string(total) + R"(,"offset":)" + std::to_string(first) + R"(,"targets":[)";
  return std::make_unique<RecordList>(std::move(records), first, last, std::move(begin), "]}\n",
                                      &target_json);
}

std::string incidents_json(const incidents::Incidents& open) {
  auto list = ordered_json::array();
  for (const auto& incident : open) {
    auto ids = ordered_json::array();
    for (const auto& target : incident.targets) ids.push_back(target->id);
    list.push_back({{"id", incident.id},
                    {"reason", incident.reason},
                    {"scenario", to_string(incident.cause.scenario)},
                    {"kind", to_string(incident.attribute.kind)},
                    {"attribute", incident.attribute.name},
                    {"value", incident.attribute.value},
                    {"since", utc_milliseconds(incident.since)},
                    {"failing", incident.failing},
                    {"members", incident.members},
                    {"targets", std::move(ids)}});
  }
  return to_line({{"incidents", std::move(list)}}) + "\n";
}

std::string vantage_json(const vantage::Health& health) {
  auto checks = ordered_json::array();
  for (const auto check : vantage::kChecks) {
    const auto& entry = health.of(check);
    ordered_json object{{"check", to_string(check)}, {"state", to_string(entry.state)}};
    if (entry.since != vantage::TimePoint{}) object["since"] = utc_milliseconds(entry.since);
    object["detail"] = entry.detail;
    checks.push_back(std::move(object));
  }
  return to_line({{"healthy", health.healthy()}, {"checks", std::move(checks)}}) + "\n";
}

std::unique_ptr<BodySource> service_discovery_json(std::shared_ptr<const Records> records) {
  const std::size_t total = records->size();
  return std::make_unique<RecordList>(std::move(records), 0, total, "[", "]\n", &discovery_json);
}

}  // namespace rdpwatch::daemon::http
