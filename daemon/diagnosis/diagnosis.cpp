#include "daemon/diagnosis/diagnosis.h"

#include <fmt/core.h>

#include "daemon/report_text.h"

namespace rdpwatch::daemon {

bool connects(const ProbeReport& report) {
  for (const auto& phase : report.phases)
    if (phase.phase == Phase::Connect) return phase.outcome == Outcome::Ok;
  return false;
}

const ProbeReport* at_the_address(const Diagnosis& diagnosis) {
  for (const auto* const report : {diagnosis.by_address.get(), diagnosis.report.get()})
    if (report != nullptr && !report->address.empty() && report->address == diagnosis.address) return report;
  return nullptr;
}

std::string egress_text(const path::Egress& egress) {
  if (egress.address.empty())
    return joined("no way to send there", joined(egress.route, egress.why_not), ": ");
  auto text = egress.address;
  if (!egress.interface.empty()) text += fmt::format(" by {} ({})", egress.interface, egress.kind);
  if (egress.route.empty()) return joined(std::move(text), egress.why_not);
  text += egress.default_route ? ", default route" : ", route " + egress.route;
  return egress.gateway.empty() ? text + ", on the link" : text + " via " + egress.gateway;
}

std::string connections_text(const Diagnosis& diagnosis) {
  if (diagnosis.connections() == 0) return "none";
  auto text = fmt::format("{} begun: {} by climbs", diagnosis.connections(), diagnosis.climbed);
  if (diagnosis.trace)
    text += fmt::format(", {} by the path trace, of which most end on the way", diagnosis.trace->syns);
  return text;
}

}  // namespace rdpwatch::daemon
