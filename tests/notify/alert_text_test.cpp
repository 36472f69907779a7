#include "daemon/notify/alert_text.h"

#include <doctest/doctest.h>

#include "tests/notify/book_fixture.h"

using namespace rdpwatch;
using namespace rdpwatch::test;
using namespace rdpwatch::daemon::notify;

namespace {

const Origin kOrigin{"http://rdpwatch.corp.example", "ams-office"};

config::Target make_target() {
  config::Target target;
  target.id = "rds 01:3389";
  target.host = "rds01";
  target.labels = {{"host", "x"}, {"severity", "mine"}, {"site", "fra \"west\""}};
  target.module = std::make_shared<const config::Module>();
  return target;
}

}  // namespace

TEST_CASE("alert text: labels are those that the rules give, ours win, the reason is none of them") {
  const auto labels = nlohmann::json::parse(host_labels(AlertKind::HostDown, kOrigin, make_target()));
  CHECK(labels == nlohmann::json{{"alertname", "RdpHostDown"},
                                 {"instance", "rds 01:3389"},
                                 {"job", "rdpwatch"},
                                 {"label_host", "x"},
                                 {"severity", "critical"},
                                 {"site", "fra \"west\""},
                                 {"vantage", "ams-office"}});
}

TEST_CASE("alert text: reason, codes, first step, runbook and page") {
  const auto target = make_target();
  const auto report = failed_report(target, 1, Phase::Nla, Cause::Closed);
  const auto reasons = reasons_for(AlertKind::HostDown, *report);
  REQUIRE(reasons.size() == 1);
  const auto text = host_text(AlertKind::HostDown, kOrigin, target, *report, reasons);
  const auto annotations = nlohmann::json::parse(text.annotations);
  const std::string description = annotations["description"];
  CHECK(description.starts_with(
      "rds 01:3389 (site fra \"west\") takes no RDP sessions. Reason: credssp_closed, "
      "in phase nla. Users see 0x904 / 0x7. First: "));
  CHECK(description.ends_with("(rdpwatch explain credssp_closed)"));
  CHECK(annotations["summary"] == "Users cannot open a remote desktop on this host.");
  CHECK(annotations["runbook_url"] == "http://rdpwatch.corp.example/runbook/credssp_closed");
  CHECK(annotations["dashboard_url"] == "http://rdpwatch.corp.example/targets/rds%2001%3A3389");
  CHECK(text.generator_url == annotations["dashboard_url"]);
}

TEST_CASE("alert text: several findings are named, each once, the worst first") {
  const auto target = make_target();
  const auto report = healthy_report(target, 1);
  for (const Cause cause : {Cause::CertificateNotYetValid, Cause::CertificateNotYetValid,
                            Cause::CertificateExpired, Cause::WeakServerKey})
    report->findings.push_back({&classify(Phase::Tls, cause), Phase::Tls, Severity::Critical, ""});
  const auto reasons = reasons_for(AlertKind::FindingCritical, *report);
  REQUIRE(reasons.size() == 2);
  const auto text = host_text(AlertKind::FindingCritical, kOrigin, target, *report, reasons);
  CHECK(text.annotations.find("Reason: cert_not_yet_valid, tls_weak_server_key. ") != std::string::npos);
  CHECK(text.annotations.find("/runbook/cert_not_yet_valid") != std::string::npos);
}

TEST_CASE("alert text: the phase is that of the failure, not of a finding beside it") {
  const auto target = make_target();
  const auto report = failed_report(target, 1, Phase::Nla, Cause::Closed);
  report->findings.push_back(
      {&classify(Phase::Tls, Cause::CertificateExpired), Phase::Tls, Severity::Critical, ""});
  const auto reasons = reasons_for(AlertKind::CertificateExpired, *report);
  const auto text = host_text(AlertKind::CertificateExpired, kOrigin, target, *report, reasons);
  CHECK(text.annotations.find("Reason: cert_expired. Users see 0x1B07.") != std::string::npos);
}

TEST_CASE("alert text: the date of a certificate, not the time left, which changes with each probe") {
  const auto target = make_target();
  const auto report = healthy_report(target, 1);
  report->findings.push_back(
      {&classify(Phase::Tls, Cause::CertificateExpiring), Phase::Tls, Severity::Warning, ""});
  const auto reasons = reasons_for(AlertKind::CertificateExpiring, *report);
  const auto text = host_text(AlertKind::CertificateExpiring, kOrigin, target, *report, reasons);
  CHECK(text.annotations.find("the certificate ends on 2027-12-28. Reason: cert_expiring.") !=
        std::string::npos);
}

TEST_CASE("alert text: every reason of the taxonomy makes an annotation that names it") {
  const auto target = make_target();
  for (const Row& row : taxonomy()) {
    if (!row.phase || !row.cause || row.kind != Kind::Failure) continue;
    const auto report = failed_report(target, 1, *row.phase, *row.cause);
    const auto reasons = reasons_for(AlertKind::HostDown, *report);
    REQUIRE(reasons.size() == 1);
    const auto text = host_text(AlertKind::HostDown, kOrigin, target, *report, reasons);
    CHECK(nlohmann::json::parse(text.annotations)["description"].get<std::string>().find("Users see") !=
          std::string::npos);
    CHECK(text.labels.find(reasons[0]->reason) == std::string::npos);
  }
}

TEST_CASE("alert text: a request is JSON, with an end for what fires and for what has ended") {
  const auto text =
      std::make_shared<const AlertText>(AlertText{R"({"alertname":"A"})", R"({"b":"c"})", "http://x/\""});
  const TimePoint start{std::chrono::milliseconds{1'795'000'000'123}};
  const std::vector<Alert> alerts{{text, start, {}}, {text, start, start + std::chrono::seconds{5}}};
  const auto body = nlohmann::json::parse(request_body(alerts, start + std::chrono::minutes{4}));
  REQUIRE(body.size() == 2);
  CHECK(body[0]["labels"]["alertname"] == "A");
  CHECK(body[0]["startsAt"] == "2026-11-18T11:06:40.123Z");
  CHECK(body[0]["endsAt"] == "2026-11-18T11:10:40.123Z");
  CHECK(body[1]["endsAt"] == "2026-11-18T11:06:45.123Z");
  CHECK(body[1]["annotations"]["b"] == "c");
  CHECK(body[0]["generatorURL"] == "http://x/\"");
}
