#include "daemon/path_json.h"

#include <nlohmann/json.hpp>

#include "daemon/json_members.h"
#include "daemon/path_text.h"
#include "daemon/report_json.h"
#include "probes/path/trace_text.h"

namespace rdpwatch::daemon {

using Json = nlohmann::ordered_json;

Json to_json(const path::PingResult& ping) {
  Json object = Json::object();
  put_text(object, "why_not", ping.why_not);
  if (!ping.why_not.empty()) return object;
  object["sent"] = ping.sent;
  object["received"] = ping.received;
  object["loss_percent"] = path::loss_percent(ping);
  if (0 < ping.received)
    object["rtt_seconds"] = {{"least", rounded_seconds(ping.least)},
                             {"mean", rounded_seconds(ping.mean)},
                             {"most", rounded_seconds(ping.most)}};
  return object;
}

Json to_json(const path::PathTrace& trace) {
  Json object{{"end", path::to_string(trace.end)}, {"says", path::says(trace)}};
  put_text(object, "suspect", path::suspect(trace));
  object["hops"] = Json::array();
  for (const auto& hop : trace.hops) {
    Json one{{"ttl", hop.ttl}};
    put_text(one, "address", hop.address);
    if (!hop.address.empty()) one["rtt_seconds"] = rounded_seconds(hop.rtt);
    object["hops"].push_back(std::move(one));
  }
  if (trace.host_hop != 0) object["host_hop"] = trace.host_hop;
  object["syns"] = trace.syns;
  object["echo_requests"] = trace.echoes;
  return object;
}

Json to_json(const PathLook& look, const PathLook* before) {
  Json object{{"time", utc_milliseconds(look.time)}, {"address", look.address}};
  object["method"] = path::to_string(look.method);
  if (look.row != nullptr) object["reason"] = look.row->reason;
  object.update(to_json(look.seen.trace));
  if (0 < look.seen.ping.sent || !look.seen.ping.why_not.empty()) object["ping"] = to_json(look.seen.ping);
  if (before != nullptr) put_text(object, "change", path_change_text(look, *before));
  return object;
}

}  // namespace rdpwatch::daemon
