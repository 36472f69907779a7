#include <memory>
#include <string>

#include <doctest/doctest.h>
#include <netinet/ip_icmp.h>
#include <nlohmann/json.hpp>

#include "daemon/diagnosis/diagnosis_text.h"

using namespace rdpwatch;
using namespace rdpwatch::daemon;
using namespace std::chrono_literals;

namespace {

constexpr const char* kHost = "10.77.3.2";

std::shared_ptr<ProbeReport> failing(Phase phase, Cause cause, std::string detail) {
  auto report = std::make_shared<ProbeReport>();
  report->target = "rds01.corp.example:3389";
  report->host = "rds01.corp.example";
  report->port = 3389;
  report->module = "default";
  report->verdict = Verdict::Failed;
  report->phase = phase;
  report->failure = Failure{&classify(phase, cause), phase, {}, std::move(detail)};
  if (Phase::Connect <= phase) report->address = kHost;
  report->phases = {{Phase::Resolve, phase == Phase::Resolve ? Outcome::Failed : Outcome::Ok, 2ms}};
  if (Phase::Connect <= phase)
    report->phases.push_back({Phase::Connect, phase == Phase::Connect ? Outcome::Failed : Outcome::Ok, 1s});
  if (Phase::Connect < phase) report->phases.push_back({phase, Outcome::Failed, 1ms});
  return report;
}

/// A firewall on the way drops TCP and lets ping through.
Diagnosis dropped() {
  Diagnosis seen;
  seen.target = "rds01.corp.example:3389";
  seen.host = "rds01.corp.example";
  seen.port = 3389;
  seen.time = std::chrono::sys_days{std::chrono::year{2026} / 11 / 25};
  seen.report = failing(Phase::Connect, Cause::Timeout, "no answer to the SYN");
  seen.address = kHost;
  seen.address_kind = path::AddressKind::Private;
  seen.egress = path::Egress{"10.77.1.2", "eth0", "ethernet", "10.77.1.1", "default", true, {}};
  seen.ping = path::PingResult{.sent = 5, .received = 5, .least = 1ms, .mean = 2ms, .most = 4ms};
  seen.no_by_address = "the name leads to 10.77.3.2, which was climbed";
  seen.trace = path::PathTrace{
      .hops = {{1, "10.77.1.1", 1ms}, {2, "", 0ms}},
      .end = path::End::Silent,
      .at = 1,
      .echo_beyond = path::Answer{.kind = path::Answer::Kind::Icmp,
                                  .icmp = net::IcmpError{false, ICMP_TIME_EXCEEDED, 0, "10.77.2.2"}},
      .syns = 5,
      .echoes = 1};
  seen.climbed = 1;
  return seen;
}

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

const TextStyle kPlain{.width = 200, .colour = false, .utf8 = true};

}  // namespace

TEST_CASE("diagnosis: a drop on the way names the hop, and says that the host is up") {
  const auto conclusion = conclude(dropped());
  CHECK(has(conclusion.verdict, ". Answers up to hop 1 (10.77.1.1), then silence"));
  CHECK(has(conclusion.verdict, "Ping is answered, TCP to port 3389 is not"));
  CHECK_FALSE(has(conclusion.verdict, "name"));
  CHECK(conclusion.suspect == "hop 1 (10.77.1.1) or behind it");
  REQUIRE_FALSE(conclusion.next.empty());
  CHECK(has(conclusion.next.front(), "TCP port 3389 from 10.77.1.2 to 10.77.3.2"));
  CHECK(conclusion.steps[0].outcome == Outcome::Failed);
  CHECK(conclusion.steps[1].outcome == Outcome::Failed);
}

TEST_CASE("diagnosis: advice about the host's service is left out when somebody else resets") {
  auto seen = dropped();
  seen.report = failing(Phase::Connect, Cause::Refused, "refused by RST");
  seen.trace->end = path::End::ResetOnTheWay;
  seen.trace->answered_ttl = 2;
  seen.trace->by = path::By::Router;
  const auto conclusion = conclude(seen);
  REQUIRE(conclusion.next.size() == 1);
  CHECK(has(conclusion.next.front(), "at hop 1 (10.77.1.1) or a device right behind it"));
  seen.trace->end = path::End::Refused;
  CHECK(1 < conclude(seen).next.size());
}

TEST_CASE("diagnosis: when the address works, the name is the broken half") {
  auto seen = dropped();
  seen.report = failing(Phase::Resolve, Cause::NameNotFound, "NXDOMAIN");
  auto works = std::make_shared<ProbeReport>();
  works->address = kHost;
  works->phase = Phase::Nla;
  works->phases = {{Phase::Connect, Outcome::Ok, 1ms}, {Phase::Nla, Outcome::Ok, 1ms}};
  seen.by_address = works;
  seen.trace = std::nullopt;
  seen.no_trace = "TCP connects, so the path carries it";
  const auto conclusion = conclude(seen);
  CHECK(has(conclusion.verdict, "By its address 10.77.3.2 the host works: the name is the broken half"));
  CHECK(conclusion.steps[1].outcome == Outcome::Ok);
  CHECK(conclusion.steps[3].outcome == Outcome::Skipped);
  CHECK(conclusion.steps[3].says == "TCP connects, so the path carries it");
  CHECK(conclusion.suspect.empty());
}

TEST_CASE("diagnosis: a name that leads to a dead host, and an expected address that is dead as well") {
  auto seen = dropped();
  seen.report = failing(Phase::Resolve, Cause::NameNotFound, "NXDOMAIN");
  seen.by_address = failing(Phase::Connect, Cause::Timeout, "no answer to the SYN");
  CHECK(has(
      conclude(seen).verdict,
      "By its address 10.77.3.2 it fails as well, with tcp_timeout: name and host are both to be looked at"));
}

TEST_CASE("diagnosis: a trace that connects after a climb that failed says that the fault comes and goes") {
  auto seen = dropped();
  seen.trace->end = path::End::Accepted;
  const auto verdict = conclude(seen).verdict;
  CHECK(has(verdict, "The climb failed a moment before: the fault comes and goes."));
  CHECK_FALSE(has(verdict, "Ping"));
  seen.trace->end = path::End::Refused;
  CHECK_FALSE(has(conclude(seen).verdict, "Ping"));
}

TEST_CASE("diagnosis: where nobody has the address, no firewall is searched") {
  auto seen = dropped();
  seen.trace->end = path::End::Rejected;
  seen.trace->icmp = net::IcmpError{false, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, "10.77.1.2", true};
  for (const auto by : {path::By::Us, path::By::Router}) {
    seen.trace->by = by;
    const auto conclusion = conclude(seen);
    CHECK(conclusion.suspect == "the host and its link");
    CHECK(conclusion.next.front() ==
          "see whether the host is on and has 10.77.3.2: power, cable, VLAN, address");
  }
}

TEST_CASE("diagnosis: ping that our own firewall keeps here says nothing of the host") {
  auto seen = dropped();
  auto works = std::make_shared<ProbeReport>();
  works->address = kHost;
  works->phases = {{Phase::Connect, Outcome::Ok, 1ms}};
  seen.report = works;
  seen.ping = path::PingResult{
      .sent = 1, .refusal = path::Answer{.kind = path::Answer::Kind::LocalError, .error_number = EPERM}};
  CHECK_FALSE(has(conclude(seen).steps[1].says, "icmp_blocked"));
}

TEST_CASE("diagnosis: ping that is not answered is no fault where TCP connects") {
  auto seen = dropped();
  auto works = std::make_shared<ProbeReport>();
  works->address = kHost;
  works->phases = {{Phase::Connect, Outcome::Ok, 1ms}};
  seen.report = works;
  works->connect = ConnectEvidence{.rtt = 900ms};
  seen.ping = path::PingResult{.sent = 3};
  const auto step = conclude(seen).steps[1];
  CHECK(step.outcome == Outcome::Ok);
  CHECK(has(step.says, "none of 3 answered"));
  CHECK(has(step.says, "icmp_blocked"));
  works->connect->rtt = 4s;  // longer than a reply is waited for
  CHECK_FALSE(has(conclude(seen).steps[1].says, "icmp_blocked"));
}

TEST_CASE("diagnosis: a step that could not run says why, also when nothing is known") {
  Diagnosis seen;
  seen.target = "h:3389";
  seen.no_report = "interrupted";
  seen.no_ping = "no address of the host is known";
  seen.no_by_address = "interrupted";
  seen.no_trace = "interrupted";
  const auto text = diagnosis_text(seen, kPlain);
  CHECK(has(text, "ping: not asked, no address of the host is known"));
  CHECK(has(text, "connections none"));
  const auto json = diagnosis_json(seen);
  CHECK(json["steps"][3]["outcome"] == "skipped");
  CHECK(json["steps"][3]["says"] == "interrupted");
  CHECK_FALSE(json.contains("verdict"));
}

TEST_CASE("diagnosis: a process that may not ping says how to allow it") {
  auto seen = dropped();
  seen.ping = path::PingResult{.why_not = "no ICMP socket (Permission denied)"};
  CHECK(has(conclude(seen).steps[1].says, "ping: off: no ICMP socket (Permission denied)"));
  CHECK_FALSE(has(conclude(seen).verdict, "Ping"));
  CHECK(diagnosis_json(seen)["steps"][1]["ping"]["why_not"] == "no ICMP socket (Permission denied)");
}

TEST_CASE("diagnosis: the text draws the path and counts the connections") {
  const auto text = diagnosis_text(dropped(), kPlain);
  CHECK(has(text,
            "\n  10.77.1.2\n  ├─  1  10.77.1.1, 1.0 ms\n  ├─  2  no answer\n  └─     10.77.3.2, silence\n"));
  CHECK(has(text, "10.77.1.2 by eth0 (ethernet), default route via 10.77.1.1"));
  CHECK(has(text, "10.77.3.2, private address"));
  CHECK(has(text, "connections 6 begun: 1 by climbs, 5 by the path trace"));
  CHECK_FALSE(has(text, "\x1B"));
  CHECK(has(diagnosis_text(dropped(), {.width = 200, .colour = true, .utf8 = true}), "\x1B[1;31m"));
}

TEST_CASE("diagnosis: no line is wider than the terminal") {
  for (const std::size_t width : {40U, 60U, 80U}) {
    const auto text = diagnosis_text(dropped(), {.width = width, .colour = false, .utf8 = false});
    for (std::size_t begin = 0; begin < text.size();) {
      const auto end = text.find('\n', begin);
      CAPTURE(text.substr(begin, end - begin));
      CHECK(columns(text.substr(begin, end - begin)) <= width);
      begin = end + 1;
    }
  }
}

TEST_CASE("diagnosis: Markdown keeps what hosts say inside of code") {
  auto seen = dropped();
  auto report = failing(Phase::Connect, Cause::Timeout, "```\n# not a heading");
  seen.report = report;
  const auto text = diagnosis_markdown(seen);
  CHECK(text.starts_with("### `rds01.corp.example:3389 at 2026-11-25T00:00:00.000Z`\n"));
  CHECK(text.find("```\n") == text.rfind("\n```\n1 reproduce") + 1);
  CHECK(text.ends_with("\n```\n"));
}

TEST_CASE("diagnosis: JSON has the hops, the suspect and the count") {
  const auto json = diagnosis_json(dropped());
  CHECK(json["schema"] == 1);
  CHECK(json["reason"] == "tcp_timeout");
  CHECK(json["connections"] == 6);
  CHECK(json["suspect"] == "hop 1 (10.77.1.1) or behind it");
  const auto& trace = json["steps"][3]["trace"];
  CHECK(trace["end"] == "silent");
  CHECK(trace["hops"][0]["address"] == "10.77.1.1");
  CHECK_FALSE(trace["hops"][1].contains("address"));
  CHECK(json["steps"][0]["context"]["interface_kind"] == "ethernet");
  CHECK(json["steps"][1]["ping"]["loss_percent"] == 0);
}
