#include <algorithm>

#include "daemon/incidents/book.h"
#include "daemon/state/values.h"

namespace rdpwatch::daemon::incidents {

using nlohmann::json;

std::function<json()> Book::save() const {
  return [open = open_] {
    auto list = json::array();
    for (const Incident& incident : open)
      list.push_back({{"scenario", to_string(incident.cause.scenario)},
                      {"family", incident.cause.family},
                      {"reason", incident.reason},
                      {"kind", to_string(incident.attribute.kind)},
                      {"name", incident.attribute.name},
                      {"value", incident.attribute.value},
                      {"since", state::microseconds_of(incident.since)}});
    return list;
  };
}

void Book::load(const json& state, TimePoint now) {
  Incidents loaded;
  for (const json& each : state) {
    const auto cause = group_from(each.at("scenario").get_ref<const std::string&>(),
                                  each.at("family").get_ref<const std::string&>());
    const Row* const row = find_reason(each.at("reason").get_ref<const std::string&>());
    const auto& word = each.at("kind").get_ref<const std::string&>();
    const auto kind =
        std::ranges::find(kAttributeKinds, word, [](AttributeKind one) { return to_string(one); });
    Incident incident{.attribute = {.name = each.at("name"), .value = each.at("value")},
                      .since = std::min(state::time_of(each.at("since")), now)};
    if (!cause || row == nullptr || kind == kAttributeKinds.end() || loaded.size() == kMostOpen) continue;
    incident.cause = *cause;
    incident.reason = row->reason;
    incident.attribute.kind = *kind;
    incident.id = id_of(incident.cause, incident.attribute);
    if (std::ranges::find(loaded, incident.id, &Incident::id) == loaded.end())
      loaded.push_back(std::move(incident));
  }
  open_ = std::move(loaded);
}

}  // namespace rdpwatch::daemon::incidents
