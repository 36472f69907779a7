#include <cstdlib>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>

#include <doctest/doctest.h>

#include "daemon/incidents/book.h"
#include "daemon/metrics/exemplars.h"
#include "daemon/metrics/page.h"
#include "daemon/metrics/self_metrics.h"
#include "tests/support/exposition.h"
#include "tests/support/fake_records.h"

using namespace rdpwatch;
using namespace rdpwatch::daemon;
using namespace rdpwatch::daemon::metrics;
using rdpwatch::test::page_defects;
using rdpwatch::test::parse_exposition;
using rdpwatch::test::samples_named;

namespace {

std::string render(Page page) {
  TextBuffer out;
  while (page.next(out)) {
  }
  return std::string{out.view()};
}

std::string fleet_page(Format format, const Store& store) {
  return render(Page{format, store.records(), {}});
}

template <class Write>
std::string written(Write write) {
  std::string text(kNumberBytes * 2, '\0');
  text.resize(static_cast<std::size_t>(write(text.data()) - text.data()));
  return text;
}

std::string seconds(std::int64_t nanoseconds) {
  return written([&](char* out) { return write_seconds(out, std::chrono::nanoseconds{nanoseconds}); });
}

/// The golden file; RDPWATCH_UPDATE_GOLDEN=1 writes it anew, to be reviewed as a diff.
std::string golden(const std::string& name, const std::string& page) {
  const std::string path = RDPWATCH_SOURCE_DIR "/tests/daemon/golden/" + name;
  if (std::getenv("RDPWATCH_UPDATE_GOLDEN") != nullptr) std::ofstream{path} << page;
  std::ifstream file{path};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Three targets: one degraded, with exceptions; one failed; one paused and not probed yet, with names that
/// need escaping.
void fill_golden(Store& store) {
  auto config = test::fake_config(3);
  auto hostile = std::make_shared<config::Target>(*config->targets[2]);
  hostile->id = "z\"\\\n";
  hostile->labels = {{"owner", "a \"b\" \\ c"}};
  config->targets[2] = hostile;
  auto excepted = std::make_shared<config::Target>(*config->targets[0]);
  auto module = std::make_shared<config::Module>(*excepted->module);
  module->policy.exceptions = {
      {"cert_expiring", {std::chrono::sys_seconds{std::chrono::seconds{1}}, "ended"}},
      {"clock_skew", {std::chrono::sys_seconds{std::chrono::years{200}}, "ask Ann"}}};
  excepted->module = module;
  config->targets[0] = excepted;
  store.replace(*config);
  auto degraded = test::healthy_report(*config->targets[0], 42);
  degraded->verdict = Verdict::Degraded;
  degraded->findings = {{find_reason("cert_expired"), Phase::Tls, Severity::Critical, ""},
                        {find_reason("cert_self_signed"), Phase::Tls, Severity::Info, ""}};
  store.record(degraded);
  store.record(test::failed_report(*config->targets[1], 7, Phase::Connect, Cause::Timeout));
  store.set_pause(2, std::make_shared<const Pause>());
  for (const auto& target : {config->targets[0], config->targets[1]})
    store.set_path(target->id, std::make_shared<const PathLook>(test::healthy_look()));
}

}  // namespace

TEST_CASE("metrics: seconds are exact decimals") {
  CHECK(seconds(0) == "0");
  CHECK(seconds(1) == "0.000000001");
  CHECK(seconds(2'100'000) == "0.0021");
  CHECK(seconds(60'000'000'000) == "60");
  CHECK(seconds(-1'500'000'000) == "-1.5");
  CHECK(seconds(std::numeric_limits<std::int64_t>::min()) == "-9223372036.854775808");
  CHECK(seconds(std::numeric_limits<std::int64_t>::max()) == "9223372036.854775807");
}

TEST_CASE("metrics: reals are written short and read back the same") {
  CHECK(real_text(0.1) == "0.1");
  CHECK(real_text(3) == "3");
  CHECK(real_text(-2.5) == "-2.5");
  CHECK(real_text(std::numeric_limits<double>::infinity()) == "+Inf");
  CHECK(real_text(-std::numeric_limits<double>::infinity()) == "-Inf");
  CHECK(real_text(std::numeric_limits<double>::quiet_NaN()) == "NaN");
  for (const double value :
       {1e300, -1e-300, 5e-324, 1.7976931348623157e308, 1795354365.123, 9007199254740993.0})
    CHECK(std::strtod(real_text(value).c_str(), nullptr) == value);
}

TEST_CASE("metrics: a label value comes back as it was, whatever is in it") {
  for (const std::string_view value :
       {"", "plain", "\"", "\\", "\n", "\\n", "a\\\"b\nc", "\\\\\"\"\n\n", "ü"}) {
    CAPTURE(value);
    const auto samples = parse_exposition("x{" + label_text("l", value) + "} 1\n");
    REQUIRE(samples.size() == 1);
    CHECK(samples[0].label("l") == value);
  }
}

TEST_CASE("metrics: the pages of known records are those of the golden files") {
  Store store;
  fill_golden(store);
  const auto check = [](const std::string& name, const std::string& page) {
    CAPTURE(name);
    CHECK(page == golden(name, page));
  };
  check("fleet.prom", fleet_page(Format::Text, store));
  check("fleet.om", fleet_page(Format::OpenMetrics, store));
  check("probe.prom", probe_page(Format::Text, store.records()[0], true));
  check("probe-paused.prom", probe_page(Format::Text, store.records()[2], true));
}

TEST_CASE("metrics: the fleet's page has no duplicate and is sorted") {
  Store store;
  const auto config = test::fake_config(500);
  store.replace(*config);
  test::probe_all(store, *config, 3);
  SelfMetrics self{{"0.1.0", "abc", "g++", "3.0"}};
  for (const Format format : {Format::Text, Format::OpenMetrics}) {
    const std::string page = render(Page{format, store.records(), self.render(format, store)});
    CHECK(page_defects(page) == std::vector<std::string>{});
    CHECK(page.ends_with("# EOF\n") == (format == Format::OpenMetrics));
  }
}

TEST_CASE("metrics: no host has more series than its share") {
  Store store;
  const auto config = test::fake_config(3);
  store.replace(*config);
  store.record(test::healthy_report(*config->targets[0], 1));
  auto crowded = test::healthy_report(*config->targets[1], 2);
  crowded->verdict = Verdict::Degraded;
  for (const Row& row : taxonomy())
    if (row.kind == Kind::Finding)
      for (int twice = 0; twice < 2; ++twice)
        crowded->findings.push_back({&row, Phase::Tls, Severity::Warning, ""});
  REQUIRE(2 * kExportedFindings < crowded->findings.size());
  store.record(crowded);
  store.set_path(config->targets[0]->id, std::make_shared<const PathLook>(test::healthy_look()));

  std::map<std::string, int> series;
  const std::string page = fleet_page(Format::Text, store);
  for (const auto& sample : parse_exposition(page)) ++series[sample.label("target")];
  CHECK(page_defects(page).empty());
  CHECK(series[config->targets[0]->id] <= 30);
  CHECK(series[config->targets[1]->id] <= 42);
  CHECK(samples_named(parse_exposition(page), "rdp_probe_finding_info").size() == kExportedFindings);
}

TEST_CASE("metrics: one failure at a time, gone with the next success") {
  Store store;
  const auto config = test::fake_config(1);
  store.replace(*config);
  store.record(test::failed_report(*config->targets[0], 1, Phase::Connect, Cause::Timeout));
  auto failures = samples_named(parse_exposition(fleet_page(Format::Text, store)), "rdp_probe_failure_info");
  REQUIRE(failures.size() == 1);
  CHECK(failures[0].label("reason") == classify(Phase::Connect, Cause::Timeout).reason);
  CHECK(failures[0].label("phase") == "connect");
  store.record(test::healthy_report(*config->targets[0], 1));
  CHECK(samples_named(parse_exposition(fleet_page(Format::Text, store)), "rdp_probe_failure_info").empty());
}

TEST_CASE("metrics: a pending target has its counters at zero and claims no verdict") {
  Store store;
  store.replace(*test::fake_config(1));
  const auto samples = parse_exposition(fleet_page(Format::Text, store));
  for (const std::string_view name :
       {"rdp_probe_runs_total", "rdp_probe_failures_total", "rdp_probe_last_success_timestamp_seconds"}) {
    const auto found = samples_named(samples, name);
    REQUIRE(found.size() == 1);
    CHECK(found[0].value == "0");
  }
  CHECK(samples_named(samples, "rdp_probe_interval_seconds").at(0).value == "60");
  CHECK(samples_named(samples, "probe_success").empty());
}

TEST_CASE("metrics: a page is written in slices of bounded size") {
  Store store;
  const auto config = test::fake_config(2'000);
  store.replace(*config);
  test::probe_all(store, *config);
  Page page{Format::Text, store.records(), {}};
  TextBuffer out;
  std::string whole;
  bool more = true;
  while (more) {
    more = page.next(out);
    CHECK(out.size() <= Page::kSliceBytes + 4096);
    whole += out.view();
    out.clear();
  }
  CHECK(whole == fleet_page(Format::Text, store));
}

TEST_CASE("metrics: a page stays valid when the targets are replaced under it") {
  Store store;
  const auto config = test::fake_config(2'000);
  store.replace(*config);
  test::probe_all(store, *config);
  Page page{Format::OpenMetrics, store.records(), {}};
  TextBuffer out;
  while (page.next(out)) store.replace(*test::fake_config(out.size() % 50));
  const std::string_view text = out.view();
  CHECK(page_defects(text).empty());
  CHECK(text.ends_with("# EOF\n"));
  CHECK(samples_named(parse_exposition(text), "rdp_probe_runs_total").size() == 2'000);
}

TEST_CASE("metrics: the page of one probe names no target and leaves out what belongs to the fleet") {
  Store store;
  fill_golden(store);
  const std::string page = probe_page(Format::Text, store.records()[1], false);
  CHECK(page_defects(page).empty());
  const auto samples = parse_exposition(page);
  for (const auto& sample : samples) CHECK(sample.label("target").empty());
  CHECK(samples_named(samples, "probe_success").at(0).value == "0");
  CHECK(samples_named(samples, "rdp_probe_cached").at(0).value == "0");
  CHECK(samples_named(samples, "rdp_probe_runs_total").empty());
  CHECK(samples_named(samples, "rdpwatch_target_info").empty());
}

TEST_CASE("metrics: labels of the user named as ours stand beside ours") {
  auto config = test::fake_config(1);
  auto target = std::make_shared<config::Target>(*config->targets[0]);
  target->labels = {{"host", "rack7"}, {"module", "m"}, {"port", "p1"}, {"site", "ams"}};
  config->targets[0] = target;
  Store store;
  store.replace(*config);
  const auto infos = samples_named(parse_exposition(render(Page{Format::Text, store.records(), {}})),
                                   "rdpwatch_target_info");
  REQUIRE(infos.size() == 1);
  CHECK(infos[0].label("host") == target->host);
  CHECK(infos[0].label("port") == std::to_string(target->port));
  CHECK(infos[0].label("module") == "default");
  CHECK(infos[0].label("label_host") == "rack7");
  CHECK(infos[0].label("label_port") == "p1");
  CHECK(infos[0].label("label_module") == "m");
  CHECK(infos[0].label("site") == "ams");
}

TEST_CASE("self metrics: every series known in advance is there from the start, at most 220") {
  const Store store;
  const SelfMetrics self{{"0.1.0", "abc", "g++", "3.0"}};
  const auto samples =
      parse_exposition(render(Page{Format::Text, store.records(), self.render(Format::Text, store)}));
  CHECK(samples.size() <= 220);
  CHECK(samples_named(samples, "rdpwatch_failures_total").size() == 7);
  CHECK(samples_named(samples, "rdpwatch_probes_skipped_total").size() == 4);
  CHECK(samples_named(samples, "rdpwatch_targets").size() == 5);
  CHECK(samples_named(samples, "rdpwatch_probe_phase_duration_seconds_bucket").size() == 5 * 13);
  CHECK(samples_named(samples, "rdpwatch_schedule_lag_seconds_bucket").size() == 9);
  CHECK(samples_named(samples, "process_resident_memory_bytes").at(0).value != "0");
}

TEST_CASE("self metrics: probes, skips, reloads and log lines are counted") {
  Store store;
  const auto config = test::fake_config(2);
  store.replace(*config);
  SelfMetrics self{{}};
  auto failed = test::failed_report(*config->targets[0], 1, Phase::Connect, Cause::Timeout);
  failed->attempts = 2;
  store.record(failed);
  self.observe(*failed, std::chrono::milliseconds{3});
  self.observe(*test::healthy_report(*config->targets[1], 1));
  self.skipped(SkipReason::Budget);
  self.logged(LogLevel::Warning);
  self.set_in_flight(3);
  self.set_in_flight_limit(4096);
  self.reload_succeeded(*config, std::chrono::system_clock::time_point{std::chrono::seconds{100}});
  self.reload_succeeded(*config, std::chrono::system_clock::time_point{std::chrono::seconds{200}});
  self.reload_failed();

  const auto samples =
      parse_exposition(render(Page{Format::Text, store.records(), self.render(Format::Text, store)}));
  const auto value = [&](std::string_view name, std::string_view label = {}, std::string_view wanted = {}) {
    for (const auto& sample : samples_named(samples, name))
      if (sample.label(label) == wanted) return sample.value;
    return std::string{"absent"};
  };
  CHECK(value("rdpwatch_failures_total", "scenario",
              to_string(classify(Phase::Connect, Cause::Timeout).scenario)) == "1");
  CHECK(value("rdpwatch_probe_retries_total", "phase", "connect") == "1");
  CHECK(value("rdpwatch_probe_retries_total", "phase", "tls") == "0");
  CHECK(value("rdpwatch_probes_skipped_total", "reason", "budget") == "1");
  CHECK(value("rdpwatch_log_messages_total", "level", "warning") == "1");
  CHECK(value("rdpwatch_probes_in_flight") == "3");
  CHECK(value("rdpwatch_probes_in_flight_limit") == "4096");
  CHECK(value("rdpwatch_targets", "state", "failed") == "1");
  CHECK(value("rdpwatch_targets", "state", "pending") == "1");
  CHECK(value("rdpwatch_config_last_reload_successful") == "0");
  CHECK(value("rdpwatch_config_last_reload_success_timestamp_seconds") == "200");
  CHECK(samples_named(samples, "rdpwatch_config_info").size() == 1);
  CHECK(value("rdpwatch_schedule_lag_seconds_count") == "1");
  CHECK(value("rdpwatch_probe_phase_duration_seconds_count", "phase", "connect") == "2");
}

TEST_CASE("exemplars: the last observation of a bucket names its target, within the format's limit") {
  Exemplars exemplars{{0.1, 1.0}};
  const std::chrono::system_clock::time_point time{std::chrono::milliseconds{1'795'354'365'123}};
  exemplars.observe("first:3389", 0.05, time);
  exemplars.observe("h:3389", 0.1, time);
  exemplars.observe(std::string(200, 'x'), 0.5, time);
  exemplars.observe("slow:3389", 7, time);
  CHECK(exemplars.text(0) == R"( # {target="h:3389"} 0.1 1795354365.123)");
  CHECK(exemplars.text(1).empty());
  CHECK(exemplars.text(2) == R"( # {target="slow:3389"} 7 1795354365.123)");
}

TEST_CASE("incident metrics: open ones take two series each, and there are at most 20") {
  using namespace rdpwatch::daemon::incidents;
  const Store store;
  SelfMetrics self{{}};
  const auto count = [&] {
    return parse_exposition(render(Page{Format::Text, store.records(), self.render(Format::Text, store)}))
        .size();
  };
  const auto before = count();
  Incidents open(Book::kMostOpen);
  for (std::size_t i = 0; i < open.size(); ++i) open[i] = {.id = std::to_string(i), .reason = "tcp_timeout"};
  self.incidents().set(open, true);
  CHECK(count() == before + 1 + 2 * open.size());
  CHECK(count() <= 220 + 2 * 20);
}

TEST_CASE(
    "incident metrics: each open one has its series, with the reason of now; none is 0 once that is known") {
  using namespace rdpwatch::daemon::incidents;
  const Store store;
  SelfMetrics self{{}};
  const auto samples = [&](const std::string& name) {
    return samples_named(
        parse_exposition(render(Page{Format::Text, store.records(), self.render(Format::Text, store)})),
        name);
  };
  self.incidents().set({}, false);
  CHECK(samples("rdpwatch_incidents").empty());
  self.incidents().set({}, true);
  CHECK(samples("rdpwatch_incidents").at(0).value == "0");
  CHECK(samples("rdp_incident_targets").empty());
  Incidents open(2);
  open[0] = {.id = "00000001",
             .cause = {Scenario::NetworkBlockade, "network"},
             .reason = "tcp_timeout",
             .attribute = {AttributeKind::Label, "site", "a \"b\" \\"},
             .failing = 4};
  open[1] = {.id = "00000002",
             .reason = "dns_timeout",
             .attribute = {AttributeKind::Vantage, "vantage", "all targets"},
             .failing = 7};
  self.incidents().set(open, true);
  open[0].reason = "net_no_route";
  open[0].failing = 5;
  self.incidents().set(open, true);
  CHECK(samples("rdpwatch_incidents").at(0).value == "2");
  const auto infos = samples("rdp_incident_info");
  REQUIRE(infos.size() == 2);
  CHECK(infos[0].label("incident") == "00000001");
  CHECK(infos[0].label("reason") == "net_no_route");
  CHECK(infos[0].label("scenario") == "network_blockade");
  CHECK(infos[0].label("attribute") == "site");
  CHECK(infos[0].label("value") == "a \"b\" \\");
  CHECK(infos[1].label("value") == "all targets");
  CHECK(samples("rdp_incident_targets").at(0).value == "5");
  CHECK(samples("rdp_incident_targets").at(1).label("incident") == "00000002");
  self.incidents().set({}, true);
  CHECK(samples("rdpwatch_incidents").at(0).value == "0");
  CHECK(samples("rdp_incident_info").empty());
}

TEST_CASE("metrics: a check of the vantage that cannot tell has no series") {
  using namespace rdpwatch::daemon::vantage;
  const TimePoint now{std::chrono::seconds{1'795'000'000}};
  daemon::metrics::SelfMetrics self{{}};
  const daemon::Store store;
  Health health;
  const auto series = [&] {
    self.vantage().set(health);
    std::string found;
    for (const auto& block : self.render(daemon::metrics::Format::Text, store))
      if (block.name == "rdpwatch_vantage_healthy") found = block.text;
    return found;
  };
  CHECK(series().find("check=") == std::string::npos);
  health.take(Check::Route, {State::Sound, {}}, now);
  CHECK(series().find("rdpwatch_vantage_healthy{check=\"route\"} 1\n") != std::string::npos);
  health.take(Check::Route, {State::Disturbed, {}}, now);
  health.take(Check::Route, {State::Disturbed, {}}, now);
  CHECK(series().find("rdpwatch_vantage_healthy{check=\"route\"} 0\n") != std::string::npos);
  for (int i = 0; i < Health::kToRecover; ++i) health.take(Check::Route, {State::Unknown, {}}, now);
  CHECK(series().find("check=") == std::string::npos);
}
