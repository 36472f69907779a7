#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

#include "tests/daemon/app_bench.h"
#include "tests/daemon/piped_log.h"

using namespace std::chrono_literals;
using namespace rdpwatch;
using namespace rdpwatch::daemon;
using rdpwatch::test::AppBench;
using rdpwatch::test::PipedLog;
using rdpwatch::test::shows;

namespace {

constexpr auto kHead =
    "connection_budget: {connections: 1000, window: 1s}\n"
    "modules: {default: {interval: 1s, timeout: 500ms, retries: 0}}\n"
    "state_directory: state\n";
constexpr auto kSites =
    "targets: [{hosts: \"ams[1-4].example\", labels: {site: ams}}, {hosts: \"fra[1-4].example\", labels: "
    "{site: fra}}]\n";

/// A daemon that looks for incidents all the time, by a clock that the test moves.
struct Looking {
  explicit Looking(const test::ScratchFolder& home) {
    lines.take(bench);
    bench.options.config = home.path("rdpwatch.yaml");
    bench.parts.incident_interval = 2ms;
    bench.parts.wall_clock = [this] { return TimePoint{std::chrono::seconds{clock}}; };
    bench.world->failing = true;
  }
  using TimePoint = std::chrono::system_clock::time_point;

  bool all_probed(std::uint64_t times = 1) {
    return bench.until([times](App& app) {
      return std::ranges::all_of(app.store().records(),
                                 [&](const TargetRecord& record) { return times <= record.runs; });
    });
  }
  bool opened() {
    return bench.until([](App& app) { return shows(app, "rdpwatch_incidents 1\n"); });
  }
  void open() {
    bench.start();
    REQUIRE(all_probed());
    // It settles from the first look that sees the failures; a minute later it is due.
    REQUIRE(bench.until([this](App& app) {
      clock += 1;
      return shows(app, "rdpwatch_incidents 1\n");
    }));
  }
  incidents::Incident first() {
    return bench.on_loop([this](App&) { return bench.actions->incidents().at(0); });
  }

  PipedLog lines{};
  /// Behind the one of the probes, so that no report is old by the clock that the test moves.
  std::atomic<std::int64_t> clock{
      (std::chrono::system_clock::now() - std::chrono::days{30}).time_since_epoch() / 1s};
  AppBench bench{};
};

}  // namespace

TEST_CASE("incidents: what fails together is one, in log, metrics and list, and ends with the repair") {
  const test::ScratchFolder home;
  home.write("rdpwatch.yaml", std::string{kHead} + kSites);
  Looking daemon{home};
  const auto before = daemon.clock.load();
  daemon.open();
  CHECK(before + 60 <= daemon.clock);
  const auto incident = daemon.first();
  CHECK(incident.reason == "tcp_refused");
  CHECK(incident.attribute.name == "vantage");
  CHECK(incident.failing == 8);
  CHECK(daemon.lines.wait_for("incident opened incident=" + incident.id +
                              " reason=tcp_refused scenario=host_refusing kind=vantage attribute=vantage "
                              "value=\"all targets\" failing=8 members=8"));
  CHECK(daemon.bench.on_loop([&](App& app) {
    return shows(app, "rdp_incident_targets{incident=\"" + incident.id + "\"} 8\n") &&
           shows(app, "attribute=\"vantage\",incident=\"" + incident.id + "\"");
  }));
  daemon.bench.world->failing = false;
  CHECK(daemon.bench.until([&](App& app) {
    daemon.clock += 1;
    return shows(app, "rdpwatch_incidents 0\n");
  }));
  CHECK(daemon.lines.wait_for("incident closed incident=" + incident.id));
}

TEST_CASE("incidents: before the first verdict nobody knows how many there are") {
  const test::ScratchFolder home;
  home.write("rdpwatch.yaml", std::string{kHead} + kSites);
  Looking daemon{home};
  daemon.bench.world->hold = true;
  daemon.bench.start();
  CHECK_FALSE(daemon.bench.on_loop([](App& app) { return shows(app, "\nrdpwatch_incidents "); }));
  daemon.bench.world->hold = false;
  CHECK(daemon.bench.until([](App& app) { return shows(app, "\nrdpwatch_incidents 0\n"); }));
}

TEST_CASE("incidents: the thresholds are those of the configuration, also after a reload") {
  const test::ScratchFolder home;
  home.write("rdpwatch.yaml", std::string{kHead} + kSites + "incidents: {min_targets: 9}\n");
  Looking daemon{home};
  daemon.bench.start();
  REQUIRE(daemon.all_probed());
  daemon.clock += 60;
  REQUIRE(daemon.all_probed(2));
  daemon.clock += 60;
  REQUIRE(daemon.all_probed(3));
  CHECK(daemon.bench.until([](App& app) { return shows(app, "rdpwatch_incidents 0\n"); }));
  home.write("rdpwatch.yaml", std::string{kHead} + kSites + "incidents: {min_targets: 8}\n");
  REQUIRE(daemon.bench.reload().ok);
  CHECK(daemon.bench.until([&](App& app) {
    daemon.clock += 1;
    return shows(app, "rdpwatch_incidents 1\n");
  }));
}

TEST_CASE("incidents: a restart changes neither id nor beginning, and tells nothing anew") {
  const test::ScratchFolder home;
  home.write("rdpwatch.yaml", std::string{kHead} + kSites);
  incidents::Incident before;
  std::int64_t time = 0;
  {
    Looking daemon{home};
    daemon.open();
    before = daemon.first();
    daemon.bench.app->request_stop();
    CHECK(daemon.bench.end() == 0);
    time = daemon.clock;
  }
  Looking daemon{home};
  daemon.clock = time + 3600;
  daemon.bench.world->hold = true;  // what is shown was kept
  daemon.bench.start();
  const auto after = daemon.first();
  CHECK(after.id == before.id);
  CHECK(after.since == before.since);
  CHECK(after.failing == 8);
  CHECK(after.targets.size() == 8);
  daemon.bench.world->hold = false;
  CHECK(daemon.all_probed(3));
  CHECK(daemon.opened());
  CHECK(daemon.lines.count("incident opened") == 0);
}
