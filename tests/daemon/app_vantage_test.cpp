#include <fstream>

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

constexpr auto kList =
    "connection_budget: {connections: 1000, window: 1s}\n"
    "modules: {default: {interval: 1s, timeout: 500ms, retries: 0}}\n"
    "vantage: {control_targets: [gw.example:443]}\n"
    "targets: [a.example, b.example, 192.0.2.7]\n";

/// What the stand-ins for the senses answer.
struct Place {
  std::atomic<bool> names{true};
  std::atomic<bool> routes{true};
  std::atomic<int> controls_asked{0};
  std::atomic<bool> stopped{false};
};

asio::awaitable<std::vector<vantage::NameAsked>> answer_names(bool good, std::vector<vantage::Name> names) {
  std::vector<vantage::NameAsked> asked;
  for (const auto& name : names)
    asked.push_back({name.host, good ? std::nullopt : std::optional{Cause::Timeout}});
  co_return asked;
}

asio::awaitable<std::vector<vantage::Climbed>> answer_controls(std::vector<std::string> controls) {
  std::vector<vantage::Climbed> climbed;
  for (const auto& each : controls) climbed.push_back({each, nullptr, "not now"});
  co_return climbed;
}

vantage::Senses senses_of(Place& place) {
  vantage::Senses senses;
  senses.route = [&place](const std::string& address) {
    return vantage::RouteAsked{address, place.routes ? 0 : ENETUNREACH};
  };
  senses.names = [&place](std::vector<vantage::Name> names) {
    return answer_names(place.names, std::move(names));
  };
  senses.controls = [&place](std::vector<std::string> controls) {
    ++place.controls_asked;
    return answer_controls(std::move(controls));
  };
  senses.stop = [&place] { place.stopped = true; };
  return senses;
}

struct Daemon {
  Daemon() {
    lines.take(bench);
    bench.folder.write("rdpwatch.yaml", kList);
    bench.parts.vantage_interval = 2ms;
    bench.parts.make_senses = [this](asio::io_context&, Budget&) { return senses_of(place); };
    bench.start();
  }
  bool until_healthy(const std::string& check, int healthy) {
    return bench.until([&](App& app) {
      return shows(app,
                   "rdpwatch_vantage_healthy{check=\"" + check + "\"} " + std::to_string(healthy) + "\n");
    });
  }
  bool all(bool suspect) {
    return bench.until([suspect](App& app) {
      return std::ranges::all_of(app.store().records(), [&](const TargetRecord& record) {
        return record.last && bool{record.suspect} == suspect;
      });
    });
  }

  Place place{};
  PipedLog lines{};
  AppBench bench{};
};

}  // namespace

TEST_CASE("vantage: what is found while the place is disturbed is marked, until it is found again") {
  Daemon daemon;
  CHECK(daemon.until_healthy("resolver", 1));
  CHECK(daemon.until_healthy("route", 1));
  CHECK(daemon.all(false));
  daemon.place.names = false;
  daemon.bench.world->failing = true;
  CHECK(daemon.until_healthy("resolver", 0));
  CHECK(daemon.all(true));
  CHECK(*daemon.bench.on_loop([](App& app) { return app.store().records().front().suspect; }) == "resolver");
  CHECK(daemon.lines.wait_for("the vantage is disturbed, verdicts are suspect check=resolver"));
  CHECK(daemon.lines.wait_for("suspect_vantage=resolver"));
  CHECK_FALSE(daemon.bench.on_loop([&](App&) { return daemon.bench.actions->vantage().healthy(); }));
  daemon.place.names = true;
  CHECK(daemon.until_healthy("resolver", 1));
  CHECK(daemon.all(false));
  CHECK(daemon.lines.wait_for("the vantage is not disturbed any more check=resolver"));
}

TEST_CASE("vantage: checks that cannot tell have no series, and control targets are left alone meanwhile") {
  Daemon daemon;
  CHECK(daemon.until_healthy("resolver", 1));
  CHECK(daemon.bench.until([&](App&) { return 0 < daemon.place.controls_asked; }));
  const auto text = daemon.bench.on_loop([&](App&) {
    const auto& health = daemon.bench.actions->vantage();
    return health.of(vantage::Check::Control).detail + "|" + health.of(vantage::Check::SelfProbe).detail;
  });
  CHECK(text == "not now|not looked at yet");
  CHECK_FALSE(daemon.bench.on_loop([](App& app) { return shows(app, "check=\"control\""); }));
  CHECK(daemon.all(false));
  CHECK(daemon.place.controls_asked == 1);  // once a minute
}

TEST_CASE("vantage: a stop ends what the senses do") {
  Daemon daemon;
  CHECK(daemon.until_healthy("route", 1));
  daemon.bench.app->request_stop();
  CHECK(daemon.bench.end() == 0);
  CHECK(daemon.place.stopped);
}

TEST_CASE("vantage: without a route to what is watched, the place is disturbed") {
  Daemon daemon;
  daemon.place.routes = false;
  CHECK(daemon.until_healthy("route", 0));
  const auto detail = daemon.bench.on_loop(
      [&](App&) { return daemon.bench.actions->vantage().of(vantage::Check::Route).detail; });
  CHECK(detail.find("Network is unreachable") != std::string::npos);
}
