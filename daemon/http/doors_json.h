#pragma once

#include <memory>
#include <string>

#include "daemon/http/message.h"
#include "daemon/incidents/incident.h"
#include "daemon/store.h"
#include "daemon/vantage/health.h"

namespace rdpwatch::daemon::http {

/// One target as `rdpwatch probe --json` shows it; without a finished probe the members that are known, and
/// the verdict "pending". A paused target has the member "paused" besides, and one whose last probe was made
/// while the vantage was disturbed "suspect_vantage", the checks by name.
std::string target_json(const TargetRecord& record);

/// {"total":2,"offset":0,"targets":[...]}, with at most `limit` targets from `offset` on.
std::unique_ptr<BodySource> targets_json(std::shared_ptr<const Records> records, std::size_t offset,
                                         std::size_t limit);

/// {"incidents":[...]}, the largest first, each with the ids of its failing targets, kTargetsListed at most.
std::string incidents_json(const incidents::Incidents& open);

/// {"healthy":true,"checks":[...]}: every check with its state, since when, and what was seen.
std::string vantage_json(const vantage::Health& health);

/// Prometheus http_sd: every target for the multi-target door.
std::unique_ptr<BodySource> service_discovery_json(std::shared_ptr<const Records> records);

}  // namespace rdpwatch::daemon::http
