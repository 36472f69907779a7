#include "daemon/report_json.h"

#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "daemon/report_text.h"
#include "tests/daemon/sample_reports.h"

using namespace rdpwatch;
using namespace rdpwatch::daemon;

namespace {

std::string line(const ProbeReport& report) { return to_line(to_json(report)); }

}  // namespace

TEST_CASE("report_json: a failed report, member by member") {
  CHECK(line(test::failed_report()) ==
        R"({"schema":1,"target":"rds01.corp.example:3389","host":"rds01.corp.example","port":3389,)"
        R"("address":"10.1.2.3","module":"default","time":"2026-11-22T12:00:00.123Z",)"
        R"("duration_seconds":0.041,"attempts":1,"verdict":"failed","phase":"nla",)"
        R"("reason":"credssp_closed","scenario":"security_mismatch","client_code":"0x904",)"
        R"("client_extended_code":"0x7","client_code_basis":"inferred",)"
        R"("detail":"connection closed after the first TSRequest",)"
        R"("findings":[{"reason":"cert_expiring","phase":"tls","severity":"warning",)"
        R"("scenario":"security_mismatch","detail":"ends 2026-12-01T00:00:00Z, in 8 d 12 h"}],)"
        R"("phases":[{"phase":"resolve","outcome":"ok","seconds":0.0021},)"
        R"({"phase":"connect","outcome":"ok","seconds":0.0009},)"
        R"({"phase":"negotiate","outcome":"ok","seconds":0.003},)"
        R"({"phase":"tls","outcome":"ok","seconds":0.012},)"
        R"({"phase":"nla","outcome":"failed","seconds":0.02}],)"
        R"x("advice":["check the policies \"Network security: Restrict NTLM\"",)x"
        R"("look for LsaSrv and Schannel errors at that minute","install updates",)"
        R"("try by full name with Kerberos"]})");
}

TEST_CASE("report_json: a degraded report takes reason, codes and detail from its worst finding") {
  const auto json = to_json(test::degraded_report());
  CHECK(json["verdict"] == "degraded");
  CHECK(json["phase"] == "nla");
  CHECK(json["reason"] == "clock_skew");
  CHECK(json["client_code"] == "0x1D07");
  CHECK(!json.contains("client_extended_code"));
  CHECK(json["detail"] == "the host is 130 s ahead");
  CHECK(json["findings"].size() == 2);
  CHECK(!json["findings"][1].contains("detail"));
  CHECK(json["server"].dump() ==
        R"({"computer":"RDS01","dns_name":"rds01.corp.example","os_build":"10.0.20348"})");
}

TEST_CASE("report_json: a healthy report has no reason and empty lists") {
  const auto json = to_json(test::healthy_report());
  for (const char* name : {"reason", "scenario", "client_code", "client_code_basis", "detail"})
    CHECK(!json.contains(name));
  CHECK(json["findings"].dump() == "[]");
  CHECK(json["advice"].dump() == "[]");
}

TEST_CASE("report_json: what a climb without the name showed") {
  const auto json = to_json(test::unresolved_report());
  CHECK(json["by_address"].dump() ==
        R"({"address":"10.1.2.3","by":"last_good","phase":"nla","reason":"credssp_closed",)"
        R"("conclusion":"at the last good address 10.1.2.3 it fails in nla"})");
  CHECK(!to_json(test::failed_report()).contains("by_address"));
}

TEST_CASE("report_json: the target's own past, as far as it is known") {
  auto report = test::healthy_report();
  auto json = to_json(report);
  CHECK(json["phases"][1]["retransmits"] == 1);
  CHECK(!json["phases"][0].contains("retransmits"));
  CHECK(json["baseline"]["climb"].dump() ==
        R"({"recent_seconds":0.041,"usual_seconds":0.04,"spread_seconds":0.002})");
  CHECK(json["baseline"]["round_trip"]["usual_seconds"] == 0.0008);
  CHECK(json["baseline"]["probes"] == 20);
  CHECK(json["baseline"]["resent"] == 2);
  CHECK(json["baseline"]["passed_on_retry"] == 1);
  report.baseline->round_trip.reset();
  CHECK(!to_json(report)["baseline"].contains("round_trip"));
  CHECK(!to_json(test::failed_report()).contains("baseline"));
}

TEST_CASE("report_json: what was not reached is absent, never null") {
  const auto text = line(test::unresolved_report());
  CHECK(text.find("null") == std::string::npos);
  const auto json = to_json(test::unresolved_report());
  CHECK(!json.contains("address"));
  CHECK(!json.contains("server"));
  CHECK(json["client_extended_code"] == "0x0");
  CHECK(json["attempts"] == 2);
}

TEST_CASE("report_json: bytes that are not UTF-8 do not break the line") {
  auto report = test::failed_report();
  report.host = "bad\xFFhost";
  CHECK(line(report).find("bad\xEF\xBF\xBDhost") != std::string::npos);
}

TEST_CASE("evidence_json: what was seen, by phase") {
  const auto json = evidence_json(test::degraded_report());
  CHECK(json["resolve"]["addresses"].dump() == R"(["10.1.2.3"])");
  CHECK(json["connect"]["rtt_seconds"] == 0.00085);
  CHECK(json["negotiation"]["selected_protocol"] == 8);
  CHECK(!json["negotiation"].contains("nla_required"));
  CHECK(json["tls"]["version"] == "TLS 1.2");
  CHECK(json["certificate"]["not_after"] == "2026-12-01T00:00:00Z");
  CHECK(json["nla"]["clock_skew_seconds"] == 130.0);
  CHECK(!json["nla"].contains("forest"));
  CHECK(evidence_json(test::unresolved_report()).dump() == "{}");
}

TEST_CASE("reports: a certificate until the year 9999") {
  auto report = test::degraded_report();
  auto leaf = std::make_shared<Certificate>(*report.tls->certificate);
  leaf->not_after = std::chrono::sys_days{std::chrono::year{9999} / 12 / 31} + std::chrono::hours{23};
  report.tls->certificate = leaf;
  CHECK(evidence_json(report)["certificate"]["not_after"] == "9999-12-31T23:00:00Z");
  CHECK(date_text(leaf->not_after) == "9999-12-31");
}

TEST_CASE("utc_milliseconds: fractions are cut, never rounded up, also before 1970") {
  using namespace std::chrono_literals;
  const std::chrono::system_clock::time_point epoch{};
  CHECK(utc_milliseconds(epoch) == "1970-01-01T00:00:00.000Z");
  CHECK(utc_milliseconds(epoch + 1999999us) == "1970-01-01T00:00:01.999Z");
  CHECK(utc_milliseconds(epoch - 1ms) == "1969-12-31T23:59:59.999Z");
}
