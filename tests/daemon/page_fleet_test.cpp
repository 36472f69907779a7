#include <algorithm>
#include <chrono>
#include <set>

#include <doctest/doctest.h>

#include "daemon/page/fleet.h"
#include "daemon/page/fleet_select.h"
#include "tests/support/fake_records.h"

using namespace rdpwatch;
using namespace rdpwatch::daemon::page;
using daemon::Records;
using daemon::Store;
using daemon::TargetRecord;
using std::chrono::seconds;
using std::chrono::system_clock;

namespace {

constexpr system_clock::time_point kNow{seconds{1'790'000'000}};

TargetRecord record_of(std::string id, std::string site, std::shared_ptr<ProbeReport> report = nullptr,
                       int since = 0) {
  static const auto config = test::fake_config(1);
  auto target = std::make_shared<config::Target>(*config->targets[0]);
  target->id = std::move(id);
  target->labels = {{"pool", "desk"}};
  if (!site.empty()) target->labels.emplace_back("site", std::move(site));
  TargetRecord record;
  record.target = target;
  record.last = std::move(report);
  record.verdict_since = kNow + seconds{since};
  return record;
}

std::shared_ptr<ProbeReport> failed(Phase phase, Cause cause) {
  static const auto config = test::fake_config(1);
  return test::failed_report(*config->targets[0], 1, phase, cause);
}

std::shared_ptr<ProbeReport> passed(std::optional<Severity> finding = {}) {
  static const auto config = test::fake_config(1);
  auto report = test::healthy_report(*config->targets[0], 1);
  if (!finding) return report;
  report->verdict = Verdict::Degraded;
  report->findings = {{.row = find_reason("cert_expiring"), .phase = Phase::Tls, .severity = *finding}};
  return report;
}

/// One of each state, in the order of their ids.
Records sample_fleet() {
  Records records{record_of("a-ok", "lon", passed(), 5),
                  record_of("b-warned", "ams", passed(Severity::Warning), 4),
                  record_of("c-new", ""),
                  record_of("d-refused", "fra", failed(Phase::Connect, Cause::Refused), 1),
                  record_of("e-closed", "ams", failed(Phase::Nla, Cause::Closed), 2),
                  record_of("f-critical", "fra", passed(Severity::Critical), 3),
                  record_of("g-paused", "ams", failed(Phase::Connect, Cause::Refused), 6)};
  records.back().pause =
      std::make_shared<daemon::Pause>(daemon::Pause{.until = kNow, .reason = "patch <night>", .who = "anna"});
  return records;
}

std::string ids(const FleetView& view) {
  std::string all;
  for (const TargetRecord* record : view.rows) all += record->target->id.substr(0, 1);
  return all;
}

std::string shown(const char* parameters) {
  std::map<std::string, std::string, std::less<>> decoded;
  const std::string text = parameters;
  if (const auto equals = text.find('='); equals != std::string::npos)
    decoded[text.substr(0, equals)] = text.substr(equals + 1);
  static const Records fleet = sample_fleet();
  const FleetQuery query = *parse_fleet_query(decoded);
  return ids(select(fleet, query, Search{query.q}));
}

}  // namespace

TEST_CASE("fleet: failing first, the latest change before older ones; paused ones below what is not known") {
  CHECK(shown("") == "edfbcga");
}

TEST_CASE("fleet: sorts by every column, both ways; what has no value stays last") {
  CHECK(shown("sort=host") == "abcdefg");
  CHECK(shown("sort=-host") == "gfedcba");
  CHECK(shown("sort=-verdict") == "agcbfde");
  CHECK(shown("sort=since") == "defbagc");
  CHECK(shown("sort=-since") == "gabfedc");
  CHECK(shown("sort=site") == "begdfac");
  CHECK(shown("sort=-site") == "adfbegc");
  CHECK(shown("sort=phase") == "dgabefc");
  CHECK(shown("sort=reason") == "bfedgac");
  CHECK(shown("sort=-reason") == "dgebfac");
  CHECK(shown("sort=code") == "dgeabcf");
}

TEST_CASE("fleet: filters by state, site, reason, scenario, phase and search") {
  CHECK(shown("verdict=failed") == "ed");
  CHECK(shown("verdict=paused") == "g");
  CHECK(shown("verdict=pending") == "c");
  CHECK(shown("site=ams") == "ebg");
  CHECK(shown("site=<ams>").empty());
  CHECK(shown("reason=tcp_refused") == "dg");
  CHECK(shown("reason=cert_expiring") == "fb");
  CHECK(shown("scenario=host_refusing") == "dg");
  CHECK(shown("phase=nla") == "e");
  CHECK(shown("q=0x904 0x7") == "e");
  CHECK(shown("q=warn") == "b");
}

TEST_CASE("fleet: every value is counted over the whole fleet, whatever the filter") {
  const Records fleet = sample_fleet();
  const FleetView view = select(fleet, {.site = "lon"}, Search{});
  CHECK(view.total == 7);
  CHECK(view.matching == 1);
  CHECK(view.facets.states == std::map<std::string_view, std::size_t>{
                                  {"degraded", 2}, {"failed", 2}, {"ok", 1}, {"paused", 1}, {"pending", 1}});
  CHECK(view.facets.sites == std::map<std::string_view, std::size_t>{{"ams", 3}, {"fra", 2}, {"lon", 1}});
  CHECK(view.facets.phases == std::map<std::string_view, std::size_t>{{"connect", 2}, {"nla", 1}});
}

TEST_CASE("fleet: pages cover every target once, and one beyond the last shows the last") {
  const auto config = test::fake_config(2 * kTargetsPerPage + 1);
  Store store;
  store.replace(*config);
  test::probe_all(store, *config, 7);
  for (const bool descending : {false, true}) {
    std::set<const TargetRecord*> seen;
    for (std::size_t page = 1; page <= 3; ++page) {
      const FleetView view = select(store.records(), {.descending = descending, .page = page}, Search{});
      CHECK(view.pages == 3);
      CHECK(view.rows.size() == (page == 3 ? 1 : kTargetsPerPage));
      seen.insert(view.rows.begin(), view.rows.end());
    }
    CHECK(seen.size() == config->targets.size());
  }
  const FleetView beyond = select(store.records(), {.page = 99}, Search{});
  CHECK(beyond.page == 3);
  CHECK(beyond.rows.size() == 1);
  CHECK(select({}, {.page = 2}, Search{}).page == 1);
}

TEST_CASE("fleet: a page of 10,000 targets costs a small part of what all of them would") {
  const auto cost_of = [](std::size_t targets, const FleetQuery& query) {
    const auto config = test::fake_config(targets);
    Store store;
    store.replace(*config);
    test::probe_all(store, *config, 7);
    auto best = std::chrono::nanoseconds::max();
    for (int i = 0; i < 5; ++i) {
      const auto begin = std::chrono::steady_clock::now();
      const std::string html = fleet_html(store.records(), query, "1.0", kNow, {}, {});
      best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - begin);
      CHECK(html.find(" of " + std::to_string(targets) + " targets") != std::string::npos);
    }
    return best;
  };
  const auto all_at_once = cost_of(kTargetsPerPage, {}) * (10'000 / kTargetsPerPage);
  for (const FleetQuery& query :
       {FleetQuery{}, FleetQuery{.sort = SortBy::Reason, .page = 50}, FleetQuery{.q = "nobody"}}) {
    const auto cost = cost_of(10'000, query);
    MESSAGE(address_of(query), ": ", std::chrono::duration<double, std::milli>(cost).count(), " ms, ",
            static_cast<double>(cost.count()) / static_cast<double>(all_at_once.count()), " of all rows");
    CHECK(cost * 8 < all_at_once);
  }
}

TEST_CASE("fleet: parameters and addresses are two forms of the same") {
  FleetQuery query{
      .q = "0x904 & <b>", .site = "a/b", .sort = SortBy::Since, .descending = true, .page = 3, .refresh = 30};
  CHECK(address_of(query) == "/?q=0x904%20%26%20%3Cb%3E&site=a%2Fb&sort=-since&page=3&refresh=30");
  CHECK(address_of({}) == "/");
  CHECK(
      parse_fleet_query({{"site", "a/b"}, {"sort", "-since"}, {"page", "3"}, {"refresh", "1"}, {"x", "y"}}) ==
      FleetQuery{.site = "a/b", .sort = SortBy::Since, .descending = true, .page = 3, .refresh = 10});
  CHECK(parse_fleet_query({{"page", "0"}})->page == 1);
  CHECK(parse_fleet_query({{"sort", ""}})->sort == SortBy::Verdict);
  for (const auto& [name, value] :
       {std::pair{"page", "x"}, {"page", "-1"}, {"refresh", "1s"}, {"sort", "--host"}, {"sort", "colour"}}) {
    CAPTURE(name);
    CHECK_FALSE(parse_fleet_query({{name, value}}));
  }
}

TEST_CASE("fleet: names, labels and pauses from outside are text, in the table and in its filters") {
  const std::string hostile = "<script>alert('1')</script>\"&";
  Records records{record_of(hostile, hostile, failed(Phase::Connect, Cause::Refused))};
  auto target = std::make_shared<config::Target>(*records[0].target);
  target->labels = {{"owner", hostile}, {"site", hostile}};
  records[0].target = target;
  records[0].pause = std::make_shared<daemon::Pause>(daemon::Pause{.reason = hostile});
  FleetQuery query{.q = "owner=" + hostile, .site = hostile};
  const std::string html = fleet_html(records, query, "1.0", kNow, {}, {});
  CHECK(html.find("<script") == std::string::npos);
  CHECK(html.find("alert('") == std::string::npos);
  CHECK(html.find("1 of 1 targets") != std::string::npos);
  query = {.verdict = "'><b>", .phase = "\"onload="};
  const std::string nothing = fleet_html(records, query, "1.0", kNow, {}, {});
  CHECK(nothing.find("No target fits this search.") != std::string::npos);
  CHECK(nothing.find("<b>") == std::string::npos);
  CHECK(nothing.find("value=\"\"onload") == std::string::npos);
}

TEST_CASE("fleet: the page says what sorts it, counts, and what cannot be told") {
  const std::string html =
      fleet_html(sample_fleet(), {.sort = SortBy::Since, .descending = true}, "1.0", kNow, {}, {});
  for (const char* part : {"<caption id=\"targets\">7 of 7 targets</caption>",
                           "aria-sort=\"descending\"><a href=\"/?sort=since\">Since",
                           "<th scope=\"row\"><a href=\"/targets/e-closed\">e-closed</a></th>", "0x904 / 0x7",
                           "patch &lt;night&gt;", "was failed", "<option value=\"ams\">ams (3)</option>"}) {
    CAPTURE(part);
    CHECK(html.find(part) != std::string::npos);
  }
  const auto after = [&html](std::string_view title) { return html.substr(html.find(title)); };
  CHECK(after("<h2>Incidents</h2>").find("<p>None is open. 1 target has no verdict yet.</p>") < 200);
  CHECK(after("<h2>Vantage</h2>").find("unknown") < 1000);
  CHECK(fleet_html({}, {}, "1.0", kNow, {}, {}).find("No target is configured.") != std::string::npos);
  CHECK(fleet_html({}, {}, "1.0", kNow, {}, {}).find("<p>None is open.</p>") != std::string::npos);
}

TEST_CASE("fleet: open incidents stand before the table, with links to whom they hit") {
  using namespace rdpwatch::daemon::incidents;
  Incidents open(3);
  open[0] = {.id = "0000abcd",
             .cause = {Scenario::NetworkBlockade, "network"},
             .reason = "tcp_timeout",
             .attribute = {AttributeKind::Label, "site", "fra & <b>"},
             .since = kNow - seconds{300},
             .failing = 9,
             .members = 12};
  open[1] = open[2] = open[0];
  open[1].attribute = {AttributeKind::Label, "pool", "desk"};
  open[2].attribute = {AttributeKind::Subnet, "subnet", "10.1.2.0/24"};
  const std::string html = fleet_html(sample_fleet(), {}, "1.0", kNow, open, {});
  const auto start = html.find("<h2>Incidents</h2>");
  REQUIRE(start < html.find("role=\"search\""));
  CHECK(html.find("<h2>Incidents</h2>", start + 1) == std::string::npos);
  for (const char* part :
       {"site=fra%20%26%20%3Cb%3E", ">site fra &amp; &lt;b&gt;</a></th><td>9 of 12</td>", "verdict=failed",
        "scenario=network_blockade", "q=pool%3Ddesk", "<th scope=\"row\">subnet 10.1.2.0/24</th>",
        "href=\"/runbook/tcp_timeout\"", "5 min ago", "0000abcd", "href=\"/api/v1/incidents\""}) {
    CAPTURE(part);
    CHECK(html.find(part, start) != std::string::npos);
  }
}

TEST_CASE("fleet: the vantage is shown check by check, and warned of at the top while it is disturbed") {
  using namespace rdpwatch::daemon::vantage;
  Health health;
  health.take(Check::Clock, {State::Sound, "synchronised"}, kNow - seconds{300});
  const auto sound = fleet_html(sample_fleet(), {}, "1.0", kNow, {}, health);
  CHECK(sound.find("Our own place is disturbed") == std::string::npos);
  CHECK(sound.find("not looked at yet") != std::string::npos);
  CHECK(sound.find("<td>synchronised</td>") != std::string::npos);
  for (int i = 0; i < Health::kToDisturb; ++i)
    health.take(Check::Route, {State::Disturbed, "no route to <b>"}, kNow - seconds{60});
  const auto disturbed = fleet_html(sample_fleet(), {}, "1.0", kNow, {}, health);
  CHECK(disturbed.find("<a href=\"#vantage\">route</a>") < disturbed.find("role=\"search\""));
  CHECK(disturbed.find("<td>no route to &lt;b&gt;</td>") != std::string::npos);
}
