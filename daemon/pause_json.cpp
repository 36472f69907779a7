#include "daemon/pause_json.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "config/time_text.h"
#include "config/values.h"
#include "daemon/report_json.h"
#include "daemon/state/values.h"

namespace rdpwatch::daemon {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t kMaxTargets = 1000;
constexpr std::size_t kMaxPatterns = 20;  // each is compared with every target
constexpr std::size_t kMaxLabels = 100;
constexpr std::size_t kMaxTextBytes = 256;
constexpr std::chrono::minutes kShortest{1};
constexpr std::chrono::days kLongest{90};

std::unexpected<std::string> fault(std::string text) { return std::unexpected{std::move(text)}; }

std::expected<void, std::string> read_member(const std::string& name, const json& value,
                                             PauseRequest& request) {
  const auto text = [&](std::string& into) -> std::expected<void, std::string> {
    if (!value.is_string()) return fault(name + " must be a text");
    into = value.get<std::string>();
    return {};
  };
  if (name == "reason") return text(request.reason);
  if (name == "who") return text(request.who);
  if (name == "duration") {
    const auto duration = value.is_string() ? config::parse_duration(value.get_ref<const std::string&>())
                                            : config::Parsed<std::chrono::milliseconds>{fault({})};
    if (!duration) return fault("duration must be a text such as \"2h\" or \"1d12h\"");
    request.duration = std::chrono::duration_cast<std::chrono::seconds>(*duration);
    return {};
  }
  if (name == "targets") {
    if (!value.is_array() || !std::ranges::all_of(value, [](const json& id) { return id.is_string(); }))
      return fault("targets must be a list of ids");
    request.selector.targets = value.get<std::vector<std::string>>();
    return {};
  }
  if (name == "labels") {
    if (!value.is_object() || !std::ranges::all_of(value, [](const json& each) { return each.is_string(); }))
      return fault("labels must be names with texts as values");
    for (const auto& [label, content] : value.items())
      request.selector.labels.emplace_back(label, content.get<std::string>());
    return {};
  }
  return fault("there is no member of this name: use targets, labels, duration, reason and who");
}

ordered_json labels_json(const config::Selector& selector) {
  auto labels = ordered_json::object();
  for (const auto& [name, value] : selector.labels) labels[name] = value;
  return labels;
}

std::int64_t unix_seconds(std::chrono::sys_seconds time) { return time.time_since_epoch().count(); }

}  // namespace

std::expected<PauseRequest, std::string> pause_request_from(std::string_view body) {
  const auto document = json::parse(body, nullptr, false);
  if (!document.is_object()) return fault("the body must be a JSON object");
  PauseRequest request;
  for (const auto& [name, value] : document.items())
    if (auto read = read_member(name, value, request); !read) return fault(std::move(read.error()));
  return checked(std::move(request));
}

std::expected<PauseRequest, std::string> checked(PauseRequest request) {
  auto& [targets, labels] = request.selector;
  if (request.selector.empty()) return fault("say which targets are meant, by targets, labels or both");
  if (kMaxTargets < targets.size() || kMaxLabels < labels.size()) return fault("too many targets or labels");
  if (kMaxPatterns < static_cast<std::size_t>(std::ranges::count_if(targets, config::has_star)))
    return fault("at most 20 of the targets may have a *");
  std::ranges::sort(labels);
  if (request.duration < kShortest || kLongest < request.duration)
    return fault("duration must be from 1m to 90d");
  const auto bad = [](const std::string& text) { return !config::text_fault(text, kMaxTextBytes).empty(); };
  if (bad(request.reason)) return fault("reason must be a text of 1 to 256 bytes in one line");
  if (!request.who.empty() && bad(request.who))
    return fault("who must be a text of 1 to 256 bytes in one line");
  if (!std::ranges::all_of(targets, [](const auto& id) { return config::parse_id(id).has_value(); }))
    return fault("an id is a text of 1 to 512 bytes in one line");
  for (const auto& [name, value] : labels)
    if (!config::label_name_fault(name).empty() || bad(value))
      return fault("a label is a name of letters, digits and _, with a text of 1 to 256 bytes");
  return request;
}

std::string pauses_json(const std::vector<Pauses::Listed>& list) {
  auto pauses = ordered_json::array();
  for (const auto& [id, window, who, until, targets] : list) {
    ordered_json one{{"id", id},
                     {"targets", window->selector.targets},
                     {"labels", labels_json(window->selector)},
                     {"reason", window->reason},
                     {"who", who},
                     {"active", until.has_value()}};
    if (id.empty()) one.erase("id");
    if (window->weekly.empty()) {
      one["start"] = config::format_instant(window->start);
      one["end"] = config::format_instant(window->start + window->duration);
    }
    if (until) one["until"] = utc_milliseconds(*until);
    one["selects"] = targets;
    pauses.push_back(std::move(one));
  }
  return to_line({{"pauses", std::move(pauses)}}) + "\n";
}

ordered_json to_json(const Pause& pause) {
  return {{"until", utc_milliseconds(pause.until)}, {"reason", pause.reason}, {"who", pause.who}};
}

json to_json(const std::vector<PauseOrder>& orders) {
  auto list = json::array();
  for (const auto& [id, window, who] : orders)
    list.push_back({{"id", id},
                    {"targets", window.selector.targets},
                    {"labels", window.selector.labels},
                    {"reason", window.reason},
                    {"who", who},
                    {"start", unix_seconds(window.start)},
                    {"duration_seconds", window.duration.count()}});
  return list;
}

std::vector<PauseOrder> pause_orders_from(const json& list, Pauses::TimePoint now) {
  const auto seconds_at = [](const json& one, const char* key) {
    return std::chrono::seconds{state::integer<std::int64_t>(one.at(key))};
  };
  std::vector<PauseOrder> orders;
  for (const json& one : list) {
    if (orders.size() == Pauses::kMaxOrders) break;
    PauseOrder order{one.at("id"), {}, one.at("who")};
    auto& window = order.window;
    window.selector = {one.at("targets"), one.at("labels")};
    std::ranges::sort(window.selector.labels);
    window.reason = one.at("reason");
    window.start = std::clamp(std::chrono::sys_seconds{seconds_at(one, "start")}, std::chrono::sys_seconds{},
                              std::chrono::floor<std::chrono::seconds>(now));
    window.duration = std::clamp<std::chrono::seconds>(seconds_at(one, "duration_seconds"),
                                                       std::chrono::seconds{0}, kLongest);
    if (!order.id.empty() && !window.selector.empty()) orders.push_back(std::move(order));
  }
  return orders;
}

std::string to_text(const config::Selector& selector) {
  constexpr std::size_t kShown = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(kShown, selector.targets.size()); ++i)
    text += (i == 0 ? "targets " : ", ") + selector.targets[i];
  if (kShown < selector.targets.size())
    text += " and " + std::to_string(selector.targets.size() - kShown) + " more";
  for (bool first = true; const auto& [name, value] : selector.labels) {
    text += (first ? (text.empty() ? "labels " : "; labels ") : ", ") + name + "=" + value;
    first = false;
  }
  return text;
}

}  // namespace rdpwatch::daemon
