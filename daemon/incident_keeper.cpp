#include "daemon/incident_keeper.h"

#include <limits>

#include <asio/post.hpp>
#include <nlohmann/json.hpp>

namespace rdpwatch::daemon {

void IncidentKeeper::configure(const config::Config& config) {
  book_.configure({static_cast<std::size_t>(config.incidents.min_targets), config.incidents.min_share});
}

void IncidentKeeper::start() {
  verdicts_.take(known(), std::numeric_limits<std::size_t>::max());
  judge(book_.find(verdicts_)());
}

incidents::Verdicts::Known IncidentKeeper::known() const {
  return {parts_.store.records(), parts_.store.generation(), parts_.history, parts_.now()};
}

void IncidentKeeper::stop() {
  stopped_ = true;
  timer_.cancel();
}

state::Section IncidentKeeper::section() {
  return {.name = "incidents",
          .save = [this] { return book_.save(); },
          .load = [this](const nlohmann::json& state) { book_.load(state, parts_.now()); }};
}

/// Takes over a part of what has changed, the next one when others had their turn.
void IncidentKeeper::look() {
  if (stopped_) return;
  if (!verdicts_.take(known())) {
    asio::post(parts_.io, [this] { look(); });
    return;
  }
  asio::post(background_, [this, find = book_.find(verdicts_)] {
    asio::post(parts_.io, [this, groups = find()] { judge(groups); });
  });
}

void IncidentKeeper::judge(const std::vector<incidents::Group>& groups) {
  if (stopped_) return;
  for (const auto& change : book_.advance(groups, verdicts_, parts_.now())) tell(change);
  parts_.metrics.set(book_.open(), verdicts_.any_known());
  timer_.expires_after(parts_.interval);
  timer_.async_wait([this](asio::error_code error) {
    if (!error) look();
  });
}

void IncidentKeeper::tell(const incidents::Book::Change& change) {
  const auto& incident = change.incident;
  LogFields fields{{"incident", incident.id},
                   {"reason", incident.reason},
                   {"scenario", to_string(incident.cause.scenario)},
                   {"kind", to_string(incident.attribute.kind)},
                   {"attribute", incident.attribute.name},
                   {"value", incident.attribute.value},
                   {"failing", incident.failing},
                   {"members", incident.members}};
  if (change.opened) return parts_.log.warning("incident opened", fields);
  fields.emplace_back("since", incident.since);
  parts_.log.info("incident closed", fields);
}

}  // namespace rdpwatch::daemon
