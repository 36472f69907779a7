#include <algorithm>
#include <string_view>
#include <utility>

#include "daemon/notify/alerts.h"

namespace rdpwatch::daemon::notify {
namespace {

using nlohmann::json;

/// One alert with what it is about: a target, a site, or neither.
struct Kept {
  std::shared_ptr<const config::Target> target{};
  std::optional<std::string> site{};
  ActiveAlert active{};
};

std::int64_t milliseconds_of(TimePoint time) {
  return std::chrono::floor<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

/// A time of the file; what lies in the future is taken for now.
TimePoint time_from(const json& value, TimePoint now) {
  return std::min(TimePoint{std::chrono::milliseconds{value.get<std::int64_t>()}}, now);
}

std::optional<TimePoint> optional_time(const json& object, const char* key, TimePoint now) {
  const auto value = object.find(key);
  return value == object.end() ? std::nullopt : std::optional{time_from(*value, now)};
}

json to_json(const Kept& kept) {
  const Alert& alert = kept.active.alert;
  json object{
      {"alert", config::rule_of(kept.active.kind).name}, {"firing", kept.active.firing},
      {"starts_at", milliseconds_of(alert.starts_at)},   {"labels", alert.text->labels},
      {"annotations", alert.text->annotations},          {"generator_url", alert.text->generator_url}};
  if (kept.target) object["target"] = kept.target->id;
  if (kept.site) object["site"] = *kept.site;
  if (kept.active.over_since) object["over_since"] = milliseconds_of(*kept.active.over_since);
  if (alert.ended) object["ended"] = milliseconds_of(*alert.ended);
  return object;
}

/// What stands in a text of the file goes out as it is: it must be one object of JSON.
std::string object_text(const json& value) {
  const auto text = value.get<std::string>();
  if (!json::parse(text).is_object()) throw std::runtime_error{"not a JSON object"};
  return text;
}

ActiveAlert active_from(const json& object, AlertKind kind, bool recent, TimePoint now) {
  ActiveAlert active{.kind = kind, .firing = object.at("firing").get<bool>()};
  active.alert.text = std::make_shared<const AlertText>(
      AlertText{object_text(object.at("labels")), object_text(object.at("annotations")),
                object.at("generator_url").get<std::string>()});
  active.alert.starts_at = time_from(object.at("starts_at"), now);
  active.alert.ended = optional_time(object, "ended", now);
  active.over_since = optional_time(object, "over_since", now);
  active.confirmed = active.firing && recent;
  return active;
}

}  // namespace

std::function<json()> AlertBook::save(TimePoint now) const {
  std::vector<Kept> kept;
  kept.reserve(subjects_.size() + sites_.size() + ended_.size() + 2);  // most have one alert at most
  const auto keep = [&](const Actives& list, const auto& target, const std::optional<std::string>& site) {
    for (const ActiveAlert& active : list) kept.push_back({target, site, active});
  };
  for (const Subject& subject : subjects_) keep(subject.active, subject.target, std::nullopt);
  const std::shared_ptr<const config::Target> none;
  for (const Site& site : sites_) keep(site.active, none, site.name);
  keep(fleet_, none, std::nullopt);
  keep(vantage_, none, std::nullopt);
  for (const auto& [labels, ended] : ended_)
    kept.push_back({none, std::nullopt, {.kind = ended.kind, .firing = true, .alert = ended.alert}});
  return [kept = std::move(kept), now] {
    auto alerts = json::array();
    for (const Kept& each : kept) alerts.push_back(to_json(each));
    return json{{"saved_at", milliseconds_of(now)}, {"alerts", std::move(alerts)}};
  };
}

void AlertBook::load(const json& state, TimePoint now) {
  struct Loaded {
    std::string target{};
    std::optional<std::string> site{};
    ActiveAlert active{};
  };
  std::vector<Loaded> loaded;
  const auto saved_at = time_from(state.at("saved_at"), now);
  const bool recent = now < saved_at + kHoldsForResends * times_.resend_interval;
  for (const json& object : state.at("alerts")) {
    const auto name = object.at("alert").get<std::string>();
    const auto rule = std::ranges::find(config::kAlertRules, name, &config::AlertRule::name);
    if (rule == config::kAlertRules.end()) continue;
    const auto kind = static_cast<AlertKind>(rule - config::kAlertRules.begin());
    Loaded each{.active = active_from(object, kind, recent, now)};
    each.target = object.value("target", "");
    if (object.contains("site")) each.site = object["site"].get<std::string>();
    loaded.push_back(std::move(each));
  }
  for (Loaded& each : loaded) restore(each.target, each.site, std::move(each.active), now);
  advance(now);
}

/// Puts it where it belongs; what has no place any more ends.
void AlertBook::restore(const std::string& target, const std::optional<std::string>& site, ActiveAlert saved,
                        TimePoint now) {
  if (saved.alert.ended) {
    ended_.try_emplace(saved.alert.text->labels, EndedAlert{saved.kind, saved.alert, now});
    return;
  }
  Actives* list = nullptr;
  std::string labels = saved.alert.text->labels;
  if (saved.kind == AlertKind::FleetDown || saved.kind == AlertKind::VantageUnhealthy) {
    list = saved.kind == AlertKind::FleetDown ? &fleet_ : &vantage_;
    labels = group_labels(saved.kind, origin_, {});
  } else if (site) {
    const auto found = std::ranges::find(sites_, *site, &Site::name);
    if (found != sites_.end()) list = &found->active;
    labels = group_labels(saved.kind, origin_, *site);
  } else if (Subject* subject = find(target); subject != nullptr && !subject->paused) {
    list = &subject->active;
    labels = host_labels(saved.kind, origin_, *subject->target);
  }
  if (list == nullptr || std::ranges::find(*list, saved.kind, &ActiveAlert::kind) != list->end()) {
    Actives homeless{std::move(saved)};
    return end_all(homeless, now);
  }
  relabel(saved, std::move(labels), now);
  list->push_back(std::move(saved));
}

}  // namespace rdpwatch::daemon::notify
