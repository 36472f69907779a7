#include <doctest/doctest.h>

#include "daemon/page/html.h"
#include "daemon/page/target.h"
#include "tests/support/fake_records.h"

using namespace rdpwatch;
using namespace rdpwatch::daemon::page;
using daemon::PastProbe;
using daemon::TargetRecord;
using std::chrono::seconds;
using std::chrono::system_clock;

namespace {

constexpr system_clock::time_point kNow{seconds{1'790'000'000}};

TargetRecord record_of(const std::shared_ptr<ProbeReport>& report) {
  TargetRecord record;
  record.target = test::fake_config(1)->targets[0];
  record.last = report;
  record.runs = 12;
  record.failures = 3;
  record.verdict_since = kNow - seconds{60};
  return record;
}

std::shared_ptr<ProbeReport> healthy() { return test::healthy_report(*test::fake_config(1)->targets[0], 1); }
std::shared_ptr<ProbeReport> closed() {
  return test::failed_report(*test::fake_config(1)->targets[0], 1, Phase::Nla, Cause::Closed);
}

std::string html_of(const TargetRecord& record) { return target_html({record}, "1.0", kNow); }

bool has(const std::string& html, std::string_view part) { return html.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("target: the ladder of a failed climb, what the user sees and what to do") {
  const auto report = closed();
  const std::string html = html_of(record_of(report));
  const Row& row = *report->failure->row;
  for (const std::string& part :
       {std::string{"<th scope=\"row\">resolve</th>"}, std::string{"<th scope=\"row\">nla</th>"},
        std::string{"<svg class=\"bar\""}, "href=\"/runbook/" + std::string{row.reason} + "\"",
        escape(row.meaning), std::string{"0x904 / 0x7"}, escape(split_items(row.advice).front()),
        std::string{"12, of them 3 failed"}, std::string{"1 min ago"}, std::string{"<h2>Path</h2>"}}) {
    CAPTURE(part);
    CHECK(has(html, part));
  }
  CHECK(html.substr(html.find("<h2>Path</h2>")).find("not measured") < 200);
}

TEST_CASE("target: the way there, hop by hop, and where it is another than before") {
  auto record =
      record_of(test::failed_report(*test::fake_config(1)->targets[0], 1, Phase::Connect, Cause::Timeout));
  const auto look = std::make_shared<const daemon::PathLook>(test::failed_look());
  record.path = look;
  record.path_when_well = std::make_shared<const daemon::PathLook>(test::healthy_look());
  record.verdict_since = look->time - seconds{10};
  const auto html = html_of(record);
  const auto path = html.substr(html.find("<h2>Path</h2>"));
  for (const auto* const part : {"answers up to hop 2 (10.77.2.2), then silence", "after tcp_timeout",
                                 "<th scope=\"row\">10.77.1.1</th>", "no answer", "none of 3 answered",
                                 "hop 2 was 10.77.2.9 on 2026-11-24, now it is 10.77.2.2",
                                 "look at hop 2 (10.77.2.2) or behind it, up to the host&#39;s own firewall, "
                                 "for a rule that drops TCP "
                                 "port 3389 to 10.77.3.2"}) {
    CAPTURE(part);
    CHECK(has(path, part));
  }
  record.verdict_since = look->time + seconds{10};  // another failure than the one that was looked at
  CHECK_FALSE(has(html_of(record), "for a rule that drops"));
}

TEST_CASE("target: from where it was asked, and how it was when it last passed") {
  auto report = test::failed_report(*test::fake_config(1)->targets[0], 1, Phase::Connect, Cause::Timeout);
  path::Context context{.egress = {.address = "10.1.1.9", .interface = "tun0", .kind = "tun"},
                        .target_kind = "private"};
  report->context = std::make_shared<const path::Context>(context);
  auto record = record_of(report);
  record.last_good = healthy();
  record.last_success = kNow - seconds{300};
  const auto html = html_of(record);
  for (const auto* const part : {"10.1.1.9 by tun0 (tun)", "private", ", connect ", ", build 10.0.20348"}) {
    CAPTURE(part);
    CHECK(has(html, part));
  }
}

TEST_CASE("target: certificate and identity of a host that lets us in; what was not seen is not fine") {
  const auto report = healthy();
  const std::string html = html_of(record_of(report));
  const Certificate& leaf = *report->tls->certificate;
  CHECK(has(html, leaf.fingerprint_sha256));
  CHECK(has(html, leaf.spki_sha256));
  CHECK(has(html, "462 days left"));
  CHECK(has(html, "RDS000001"));
  CHECK(has(html, "10.0.20348"));
  CHECK(has(html, "Windows Server 2022"));
  CHECK_FALSE(has(html, "not seen"));

  const auto refused =
      test::failed_report(*test::fake_config(1)->targets[0], 1, Phase::Connect, Cause::Refused);
  const std::string without = html_of(record_of(refused));
  CHECK(has(without, "The last probe got none."));
  CHECK(has(without, "The last probe did not get this far."));
}

TEST_CASE("target: which half is broken, the name or the host") {
  const auto report = closed();
  report->by_address = BypassEvidence{.conclusion = "at the expected address <10.1.2.3> the host works"};
  CHECK(has(html_of(record_of(report)),
            "<dt>without the name</dt><dd>at the expected address &lt;10.1.2.3&gt;"));
  report->by_address.reset();
  CHECK_FALSE(has(html_of(record_of(report)), "without the name"));
}

TEST_CASE("target: its own past, what is not known yet, and what was not compared") {
  const auto report = healthy();
  const auto past_of = [](const std::string& html) {
    return html.substr(html.find("Against its own past"), 600);
  };
  auto past = past_of(html_of(record_of(report)));
  CHECK(has(past, "5.0 ms, usually 4.0 ms ± 1.0 ms"));
  CHECK(has(past, "in 1 of the last 20 probes (SYN 0, data 1)"));
  CHECK(has(past, "in 0 of the last 20 probes</dd>"));
  report->baseline->climb.reset();
  past = past_of(html_of(record_of(report)));
  CHECK(has(past, "<dt>climb</dt><dd>what is usual is not known yet</dd>"));
  CHECK(has(past_of(html_of(record_of(closed()))), "not measured"));
}

TEST_CASE("target: a certificate that has ended says when") {
  const auto report = healthy();
  auto leaf = std::make_shared<Certificate>(*report->tls->certificate);
  leaf->not_after = std::chrono::floor<seconds>(kNow - std::chrono::hours{50});
  report->tls->certificate = leaf;
  CHECK(has(html_of(record_of(report)), ", ended 2 d 2 h ago"));
}

TEST_CASE("target: a certificate that never ends, as far as its makers could write") {
  const auto report = healthy();
  auto leaf = std::make_shared<Certificate>(*report->tls->certificate);
  leaf->not_before = std::chrono::sys_days{std::chrono::year{1} / 1 / 1};
  leaf->not_after = std::chrono::sys_days{std::chrono::year{9999} / 12 / 31} + std::chrono::hours{23};
  report->tls->certificate = leaf;
  const std::string html = html_of(record_of(report));
  CHECK(has(html, "0001-01-01 00:00:00 UTC"));
  CHECK(has(html, "<time datetime=\"9999-12-31T23:00:00Z\">9999-12-31 23:00:00 UTC</time>, 29"));
  CHECK_FALSE(has(html, ", ended "));
}

TEST_CASE("target: pending and paused ones say so") {
  TargetRecord record = record_of(nullptr);
  CHECK(has(html_of(record), "no probe has finished yet"));
  record = record_of(closed());
  record.pause =
      std::make_shared<daemon::Pause>(daemon::Pause{.until = kNow, .reason = "patch night", .who = "anna"});
  CHECK(has(html_of(record),
            "until <time datetime=\"2026-09-21T14:13:20.000Z\">2026-09-21 14:13:20 UTC</time> "
            "(anna): patch night; before that "));
}

TEST_CASE("target: the form of a pause takes no reason that the order would refuse") {
  const TargetRecord record = record_of(closed());
  TargetView view{record};
  view.pause_token = "t0ken";
  // 80 characters are at most 240 bytes of UTF-8; the order takes 256.
  CHECK(has(target_html(view, "1.0", kNow), "name=\"reason\" required maxlength=\"80\""));
}

TEST_CASE("target: probes that are past, failed ones with their log") {
  PastProbe ok{.time = kNow - seconds{120}};
  PastProbe bad{.time = kNow - seconds{180}, .row = find_reason("credssp_closed")};
  bad.verdict = Verdict::Failed;
  bad.phase = Phase::Nla;
  bad.attempts = 2;
  bad.failure = std::make_shared<daemon::FailureText>(
      daemon::FailureText{"10.0.0.1", "closed <early>", "nla: <b>sent</b>\nnla: closed\n"});
  const TargetRecord record = record_of(closed());
  const std::string html = target_html({record, {ok, bad}}, "1.0", kNow);
  CHECK(has(html, "<caption id=\"past\">"));
  CHECK(has(html, "closed &lt;early&gt;"));
  CHECK(has(html, "<pre>nla: &lt;b&gt;sent&lt;/b&gt;\nnla: closed\n</pre>"));
  CHECK(has(html, "at nla, on retry"));
  CHECK(has(html_of(record), "None is remembered."));
}

TEST_CASE(
    "target: probe now is a form with a token, only when enabled, and its result takes the first place") {
  const TargetRecord record = record_of(closed());
  CHECK_FALSE(has(html_of(record), "<form action=\"/targets/"));
  TargetView view{record, {}, "t0ken"};
  const std::string form = target_html(view, "1.0", kNow);
  CHECK(has(form, "<form action=\"/targets/rds000000.corp.example%3A3389/probe\" method=\"post\">"));
  CHECK(has(form, "name=\"form_token\" value=\"t0ken\""));

  view.probed = ProbedNow{healthy(), {}, {"a <line> of the log"}};
  const std::string fresh = target_html(view, "1.0", kNow);
  CHECK(has(fresh, "Probed just now: "));
  CHECK(has(fresh, "a &lt;line&gt; of the log\n"));
  CHECK(has(fresh, "RDS000001"));
  view.probed = ProbedNow{closed(), rdpwatch::daemon::NoProbe::Busy, {}};
  CHECK(has(
      target_html(view, "1.0", kNow),
      "There is no fresh result: the target is being probed by another module. What follows is the last"));
  view.probed = ProbedNow{.none = rdpwatch::daemon::NoProbe::Budget};
  CHECK(has(target_html(view, "1.0", kNow),
            "There is no fresh result: the connection budget allows no probe now. There is no earlier one"));
}

TEST_CASE("target: a pause is ordered by a form, only when enabled, and ended by another") {
  TargetRecord record = record_of(closed());
  CHECK_FALSE(has(html_of(record), "/pause\" method"));
  const TargetView view{.record = record, .pause_token = "t0ken"};
  CHECK(has(target_html(view, "1.0", kNow), "action=\"/targets/rds000000.corp.example%3A3389/pause\""));
  record.pause = std::make_shared<daemon::Pause>(daemon::Pause{.until = kNow, .reason = "patch night"});
  CHECK(has(target_html(view, "1.0", kNow), "action=\"/targets/rds000000.corp.example%3A3389/resume\""));
  CHECK_FALSE(has(target_html(view, "1.0", kNow), "/pause\" method"));
}

TEST_CASE("target: whatever a host says about itself is text") {
  const std::string hostile = "<img src=x onerror='y'>\"&";
  const auto report = healthy();
  auto leaf = std::make_shared<Certificate>(*report->tls->certificate);
  leaf->subject = leaf->issuer = leaf->serial = leaf->key = leaf->signature = hostile;
  leaf->names = {hostile, hostile};
  leaf->self_signed = false;
  report->tls = TlsEvidence{hostile, hostile, leaf, true};
  report->nla = NlaEvidence{6, hostile, hostile, hostile, hostile, hostile, hostile, hostile, {}};
  report->resolve->addresses = {hostile};
  report->address = hostile;
  report->findings = {{.row = find_reason("cert_expiring"), .detail = hostile}};
  TargetRecord record = record_of(report);
  auto target = std::make_shared<config::Target>(*record.target);
  target->id = target->host = hostile;
  target->labels = {{"owner", hostile}};
  record.target = target;
  PastProbe past{.row = find_reason("tcp_refused")};
  past.failure = std::make_shared<daemon::FailureText>(daemon::FailureText{hostile, hostile, hostile});
  const std::string html =
      target_html({record, {past}, hostile, ProbedNow{report, {}, {hostile}}}, "1.0", kNow);
  CHECK_FALSE(has(html, "<img"));
  CHECK_FALSE(has(html, "onerror='"));
  CHECK(has(html, "&lt;img src=x onerror=&#39;y&#39;&gt;&quot;&amp;"));
}
