#include "daemon/state/path_state.h"

#include "daemon/json_members.h"
#include "daemon/state/report_state.h"
#include "daemon/state/values.h"

namespace rdpwatch::daemon::state {
namespace {

using path::By;
using path::End;

/// The value of a closed enum that begins at 0 and ends at `last`.
template <class E>
E value_up_to(const Json& json, E last) {
  const auto number = integer<unsigned>(json);
  if (static_cast<unsigned>(last) < number) throw std::out_of_range{"an unknown number"};
  return static_cast<E>(number);
}

int hop_number(const Json& json) {
  const auto number = integer<int>(json);
  if (number < 0 || path::kMaxHops < number) throw std::out_of_range{"no number of a hop"};
  return number;
}

Json to_json(const net::IcmpError& icmp) { return {icmp.v6, icmp.type, icmp.code, icmp.from, icmp.ours}; }

net::IcmpError icmp_from(const Json& json) {
  return {json.at(0).get<bool>(), integer<std::uint8_t>(json.at(1)), integer<std::uint8_t>(json.at(2)),
          json.at(3).get<std::string>(), json.at(4).get<bool>()};
}

/// Without round trip and what was left of the time to live, which nobody asks for later.
Json to_json(const path::Answer& answer) {
  Json object{{"kind", static_cast<unsigned>(answer.kind)}, {"errno", answer.error_number}};
  if (answer.icmp) object["icmp"] = to_json(*answer.icmp);
  return object;
}

path::Answer answer_from(const Json& json) {
  path::Answer answer{.kind = value_up_to(json.at("kind"), path::Answer::Kind::Cancelled)};
  answer.error_number = integer<int>(json.at("errno"));
  if (json.contains("icmp")) answer.icmp = icmp_from(json.at("icmp"));
  if (answer.kind == path::Answer::Kind::Icmp && !answer.icmp)
    throw std::out_of_range{"an ICMP error of nobody"};
  return answer;
}

Json to_json(const path::PathTrace& trace) {
  Json hops = Json::array();
  for (const auto& hop : trace.hops) hops.push_back({hop.ttl, hop.address, hop.rtt.count()});
  Json object{{"hops", std::move(hops)},
              {"end", static_cast<unsigned>(trace.end)},
              {"by", static_cast<unsigned>(trace.by)},
              {"at", trace.at},
              {"loop_from", trace.loop_from},
              {"answered_ttl", trace.answered_ttl},
              {"host_hop", trace.host_hop},
              {"errno", trace.error_number},
              {"syns", trace.syns},
              {"echoes", trace.echoes}};
  put_flag(object, "translated", trace.translated);
  if (trace.icmp) object["icmp"] = to_json(*trace.icmp);
  if (trace.echo_beyond) object["echo_beyond"] = to_json(*trace.echo_beyond);
  return object;
}

path::PathTrace trace_from(const Json& json) {
  path::PathTrace trace;
  for (const auto& hop : json.at("hops")) {
    if (trace.hops.size() == static_cast<std::size_t>(path::kMaxHops))
      throw std::out_of_range{"too many hops"};
    trace.hops.push_back({hop_number(hop.at(0)), hop.at(1).get<std::string>(), duration_of(hop.at(2))});
  }
  trace.end = value_up_to(json.at("end"), End::Stopped);
  trace.by = value_up_to(json.at("by"), By::Host);
  trace.at = hop_number(json.at("at"));
  trace.loop_from = hop_number(json.at("loop_from"));
  trace.answered_ttl = hop_number(json.at("answered_ttl"));
  trace.host_hop = hop_number(json.at("host_hop"));
  trace.error_number = integer<int>(json.at("errno"));
  trace.syns = integer<int>(json.at("syns"));
  trace.echoes = integer<int>(json.at("echoes"));
  trace.translated = flag_at(json, "translated");
  if (json.contains("icmp")) trace.icmp = icmp_from(json.at("icmp"));
  if (json.contains("echo_beyond")) trace.echo_beyond = answer_from(json.at("echo_beyond"));
  if (trace.end == End::Rejected && !trace.icmp) throw std::out_of_range{"rejected by nobody"};
  return trace;
}

/// What came in place of replies is not kept.
Json to_json(const path::PingResult& ping) {
  Json object{{"sent", ping.sent},
              {"received", ping.received},
              {"rtt", {ping.least.count(), ping.mean.count(), ping.most.count()}}};
  put_text(object, "why_not", ping.why_not);
  return object;
}

path::PingResult ping_from(const Json& json) {
  path::PingResult ping;
  ping.sent = integer<int>(json.at("sent"));
  ping.received = integer<int>(json.at("received"));
  const auto& rtt = json.at("rtt");
  ping.least = duration_of(rtt.at(0));
  ping.mean = duration_of(rtt.at(1));
  ping.most = duration_of(rtt.at(2));
  ping.why_not = text_at(json, "why_not");
  return ping;
}

}  // namespace

Json path_to_json(const PathLook& look) {
  Json object{{"time", microseconds_of(look.time)},
              {"address", look.address},
              {"method", static_cast<unsigned>(look.method)},
              {"trace", to_json(look.seen.trace)},
              {"ping", to_json(look.seen.ping)}};
  if (look.row != nullptr) object["reason"] = look.row->reason;
  return object;
}

PathLook path_from(const Json& json, const Clocks& now) {
  PathLook look{.time = now.past(time_of(json.at("time"))),
                .address = json.at("address").get<std::string>(),
                .method = value_up_to(json.at("method"), path::Method::Echo)};
  if (json.contains("reason")) look.row = &row_of(json.at("reason"));
  look.seen.trace = trace_from(json.at("trace"));
  look.seen.ping = ping_from(json.at("ping"));
  return look;
}

}  // namespace rdpwatch::daemon::state
