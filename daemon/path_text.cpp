#include "daemon/path_text.h"

#include <algorithm>
#include <system_error>

#include <fmt/core.h>

#include "daemon/report_text.h"
#include "probes/path/trace_text.h"

namespace rdpwatch::daemon {
namespace {

std::string when(const PathLook& look) {
  return date_text(std::chrono::floor<std::chrono::seconds>(look.time));
}

std::string_view address_at(const path::PathTrace& trace, int ttl) {
  const auto found = std::ranges::find(trace.hops, ttl, &path::Hop::ttl);
  return found == trace.hops.end() ? std::string_view{} : std::string_view{found->address};
}

}  // namespace

std::string ping_text(const path::PingResult& ping) {
  if (!ping.why_not.empty()) return "off: " + ping.why_not;
  std::string refusal;
  if (ping.refusal && ping.refusal->icmp)
    refusal = fmt::format("{} answers {}", ping.refusal->icmp->from, path::icmp_words(*ping.refusal->icmp));
  else if (ping.refusal)
    refusal = "this machine does not send: " + std::generic_category().message(ping.refusal->error_number);
  if (ping.received == 0) return joined(fmt::format("none of {} answered", ping.sent), refusal, "; ");
  auto text = fmt::format("{} of {} answered, round trip {} ({} to {})", ping.received, ping.sent,
                          duration_text(ping.mean), duration_text(ping.least), duration_text(ping.most));
  return joined(std::move(text), refusal, "; ");
}

std::string path_text(const PathLook& look) { return path::says(look.seen.trace); }

std::string path_change_text(const PathLook& look, const PathLook& before) {
  const auto &now = look.seen.trace, &then = before.seen.trace;
  if (look.address != before.address)
    return fmt::format("the host was at {} on {}, now it is {}", before.address, when(before), look.address);
  for (const auto& hop : now.hops) {
    const auto was = address_at(then, hop.ttl);
    if (!hop.address.empty() && !was.empty() && hop.address != was)
      return fmt::format("hop {} was {} on {}, now it is {}", hop.ttl, was, when(before), hop.address);
  }
  if (now.host_hop != 0 && then.host_hop != 0 && now.host_hop != then.host_hop)
    return fmt::format("the host was at hop {} on {}, now it is at hop {}", then.host_hop, when(before),
                       now.host_hop);
  return {};
}

std::string path_advice(const PathLook& look, std::uint16_t port) {
  return path::first_step(look.seen.trace, {.address = look.address, .port = port, .from = {}});
}

}  // namespace rdpwatch::daemon
