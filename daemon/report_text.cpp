#include "daemon/report_text.h"

#include <fmt/core.h>

#include "config/time_text.h"
#include "daemon/explain.h"

namespace rdpwatch::daemon {
namespace {

/// RDP_NEG_RSP.selectedProtocol in the operator's words, [MS-RDPBCGR] 2.2.1.2.1.
std::string protocol(const NegotiationEvidence& negotiation) {
  if (!negotiation.negotiation_data) return "no negotiation data";
  switch (negotiation.selected_protocol) {
    case 0: return "RDP security";
    case 1: return "TLS";
    case 2: return "NLA (CredSSP over TLS)";
    case 8: return "NLA (CredSSP with early authorization)";
    default: return fmt::format("protocol {:#x}", negotiation.selected_protocol);
  }
}

}  // namespace

std::string joined(std::string text, std::string_view more, std::string_view separator) {
  if (!text.empty() && !more.empty()) text += separator;
  return text.append(more);
}

std::string date_text(std::chrono::sys_seconds time) {
  const std::string text = config::format_instant(time);
  return text.substr(0, text.find('T'));
}

std::string duration_text(std::chrono::nanoseconds duration) {
  using namespace std::chrono_literals;
  if (duration < 1s)
    return fmt::format("{:.1f} ms", std::chrono::duration<double, std::milli>(duration).count());
  return fmt::format("{:.3f} s", std::chrono::duration<double>(duration).count());
}

Ink outcome_ink(Outcome outcome) {
  switch (outcome) {
    case Outcome::Ok: return Ink::Green;
    case Outcome::Failed: return Ink::Red;
    case Outcome::Skipped: return Ink::Dim;
  }
  return Ink::Plain;
}

std::string evidence_text(Phase phase, const ProbeReport& report) {
  if (phase == Phase::Resolve && report.resolve) {
    if (report.resolve->from_literal) return "an address, nothing to resolve";
    std::string addresses;
    for (const auto& address : report.resolve->addresses) addresses = joined(std::move(addresses), address);
    return addresses;
  }
  if (phase == Phase::Connect && report.connect) {
    auto text = fmt::format("{}, round trip {}", report.address, duration_text(report.connect->rtt));
    if (0 < report.connect->retransmits) text += fmt::format(", {} sent again", report.connect->retransmits);
    return text;
  }
  if (phase == Phase::Negotiate && report.negotiation) return protocol(*report.negotiation);
  if (phase == Phase::Tls && report.tls) return joined(report.tls->version, report.tls->cipher);
  if (phase == Phase::Nla && report.nla)
    return fmt::format("CredSSP version {}", report.nla->credssp_version);
  return {};
}

std::string user_sees_text(const Row& row) {
  std::string text;
  for (const ClientCode* pair : {&row.client, &row.client_alternative})
    if (pair->basis != Basis::None)
      text =
          joined(std::move(text), fmt::format("{} ({})", to_string(*pair), to_string(pair->basis)), " or ");
  return joined(std::move(text), row.client_note, "; ");
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

}  // namespace rdpwatch::daemon
