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

std::string connections_text(const Diagnosis& diagnosis) {
  if (diagnosis.connections() == 0) return "none";
  auto text = fmt::format("{} begun: {} by climbs", diagnosis.connections(), diagnosis.climbed);
  if (diagnosis.trace)
    text += fmt::format(", {} by the path trace, of which most end on the way", diagnosis.trace->syns);
  return text;
}

}  // namespace rdpwatch::daemon
