#include <array>

#include "daemon/page/target_parts.h"
#include "daemon/report_json.h"
#include "daemon/report_text.h"

namespace rdpwatch::daemon::page {
namespace {

/// RDP_NEG_RSP.flags, [MS-RDPBCGR] 2.2.1.2.1.
std::string flags_text(std::uint8_t flags) {
  struct Flag {
    std::uint8_t bit;
    std::string_view name;
  };
  constexpr std::array<Flag, 4> kFlags{{{0x01, "extended client data"},
                                        {0x02, "graphics pipeline"},
                                        {0x08, "restricted admin"},
                                        {0x10, "redirected authentication"}}};
  std::string text;
  for (const Flag& flag : kFlags)
    if ((flags & flag.bit) != 0) text = joined(std::move(text), flag.name);
  return text.empty() ? "none" : text;
}

std::string list(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all = joined(std::move(all), text);
  return all;
}

Html validity(const Certificate& leaf, Clock::time_point now) {
  const auto span = leaf.not_after - std::chrono::floor<std::chrono::seconds>(now);
  const auto left = std::chrono::floor<std::chrono::days>(span).count();
  Html html = absolute_time(leaf.not_after);
  if (left < 0) html.add(", ended {} ago", span_text(-span));
  else html.add(", {} {} left", left, left == 1 ? "day" : "days");
  return html;
}

std::string skew_text(std::chrono::nanoseconds skew) {
  const double seconds = std::chrono::duration<double>(skew).count();
  return fmt::format("{:+.1f} s against the clock here", seconds);
}

std::string usual_text(const std::optional<Comparison>& comparison) {
  if (!comparison) return "what is usual is not known yet";
  return duration_text(comparison->recent) + ", usually " + duration_text(comparison->usual) + " ± " +
         duration_text(comparison->spread);
}

std::string repeats_text(int count, const Repeats& repeats) {
  return "in " + std::to_string(count) + " of the last " + std::to_string(repeats.probes) + " probes";
}

}  // namespace

Html evidence_section(const ProbeReport& report) {
  Html html;
  html.add("<section>\n<h2>Evidence</h2>\n<dl>\n");
  if (report.failure) {
    html.add("{}", detail("seen", report.failure->detail));
    if (report.failure->code) html.add("{}", detail("code", hex_code(*report.failure->code)));
  }
  html.add("{}", detail("address", report.address));
  if (report.context)
    html.add("{}{}", detail("kind of address", report.context->target_kind),
             detail("asked from", egress_text(report.context->egress)));
  if (report.resolve && !report.resolve->from_literal)
    html.add("{}", detail("name leads to",
                          list(report.resolve->addresses) +
                              (report.resolve->from_cache ? " (kept from an earlier answer)" : "")));
  if (report.by_address) html.add("{}", detail("without the name", report.by_address->conclusion));
  if (report.connect)
    html.add("{}", detail("round trip", duration_text(report.connect->rtt) + ", " +
                                            std::to_string(report.connect->retransmits) + " sent again"));
  if (report.negotiation) {
    html.add("{}{}", detail("security", evidence_text(Phase::Negotiate, report)),
             detail("server offers", flags_text(report.negotiation->flags)));
    if (const auto required = report.negotiation->nla_required)
      html.add("{}", detail("NLA required", *required ? "yes" : "no: TLS alone is accepted"));
  }
  if (report.tls) html.add("{}", detail("TLS", evidence_text(Phase::Tls, report)));
  return html.add("</dl>\n</section>\n");
}

Html certificate_section(const ProbeReport& report, Clock::time_point now) {
  Html html;
  html.add("<section class=\"area\">\n<h2>Certificate</h2>\n");
  if (!report.tls || !report.tls->certificate)
    return html.add("<p>{}<br>The last probe got none.</p>\n</section>\n", state_badge("not seen"));
  const Certificate& leaf = *report.tls->certificate;
  html.add("<dl>\n{}{}{}{}", detail("subject", leaf.subject),
           detail("issuer", leaf.self_signed ? std::string_view{"itself (self-signed)"} : leaf.issuer),
           detail("names", list(leaf.names)),
           detail("fits the host", report.tls->hostname_match ? "yes" : "no"));
  html.add("{}{}{}{}", detail("valid from", absolute_time(leaf.not_before)),
           detail("valid until", validity(leaf, now)), detail("key", leaf.key),
           detail("signature", leaf.signature));
  html.add("{}{}{}</dl>\n</section>\n", detail("serial", leaf.serial),
           detail("SHA-256", Html{}.add("<code>{}</code>", leaf.fingerprint_sha256)),
           detail("SPKI SHA-256", Html{}.add("<code>{}</code>", leaf.spki_sha256)));
  return html;
}

Html identity_section(const ProbeReport& report) {
  Html html;
  html.add("<section class=\"area\">\n<h2>Identity</h2>\n");
  if (!report.nla)
    return html.add("<p>{}<br>The last probe did not get this far.</p>\n</section>\n",
                    state_badge("not seen"));
  const NlaEvidence& nla = *report.nla;
  html.add("<dl>\n{}{}{}{}{}", detail("computer", nla.computer), detail("domain", nla.domain),
           detail("DNS name", nla.dns_name), detail("DNS domain", nla.dns_domain),
           detail("forest", nla.forest));
  html.add("{}{}{}", detail("system", nla.os_release), detail("build", nla.os_build),
           detail("CredSSP version", std::to_string(nla.credssp_version)));
  if (nla.clock_skew) html.add("{}", detail("clock", skew_text(*nla.clock_skew)));
  return html.add("</dl>\n</section>\n");
}

Html baseline_section(const ProbeReport& report) {
  if (!report.baseline)
    return not_measured("Against its own past", "Only probes that passed are compared with those before.");
  const BaselineEvidence& baseline = *report.baseline;
  const Repeats& repeats = baseline.repeats;
  Html html;
  html.add("<section class=\"area\">\n<h2>Against its own past</h2>\n<dl>\n{}{}",
           detail("round trip", usual_text(baseline.round_trip)),
           detail("climb", usual_text(baseline.climb)));
  html.add(
      "{}{}</dl>\n</section>\n",
      detail("sent again", repeats_text(repeats.resent, repeats) + " (SYN " + std::to_string(repeats.syn) +
                               ", data " + std::to_string(repeats.data) + ")"),
      detail("passed on retry", repeats_text(repeats.retry, repeats)));
  return html;
}

}  // namespace rdpwatch::daemon::page
