#include <fstream>
#include <sstream>

#include <doctest/doctest.h>

#include "tests/daemon/app_bench.h"
#include "tests/daemon/trap.h"
#include "tests/net/made_certificate.h"

using namespace std::chrono_literals;
using namespace rdpwatch;
using namespace rdpwatch::daemon;
using rdpwatch::test::AppBench;
using rdpwatch::test::Happenings;
using rdpwatch::test::shows;

namespace {

constexpr auto kSettings =
    "modules: {default: {interval: 1s, timeout: 500ms, retries: 0}}\n"
    "connection_budget: {connections: 1000, window: 1s}\n"
    "alerts: {for: {RdpHostDown: 0s}, keep_firing_for: {RdpHostDown: 0s}}\n";

constexpr auto kFiring = R"(rdpwatch_alerts{severity="critical",state="firing"} )";

/// Where all requests of a daemon end: counts them by what they are.
struct Outside {
  Happenings seen{};

  std::function<Exchange()> maker() {
    return [this]() -> Exchange {
      return [this](const HttpRequest& request, std::stop_token) -> std::expected<HttpAnswer, std::string> {
        const auto holds = [&](const char* text) { return request.body.find(text) != std::string::npos; };
        if (request.body.empty()) seen.happen("GET " + request.url);
        if (holds(R"("instance":"a.example:3389")")) seen.happen("a to " + request.url.substr(0, 10));
        if (holds(R"("instance":"b.example:3389")")) seen.happen("b to " + request.url.substr(0, 10));
        return HttpAnswer{200, ""};
      };
    };
  }
};

}  // namespace

TEST_CASE("notify: what fails is told to every Alertmanager; a reload turns them on, and off") {
  Outside outside;
  AppBench bench;
  bench.parts.make_exchange = outside.maker();
  bench.world->failing = true;
  bench.folder.write("rdpwatch.yaml", std::string{kSettings} + "targets: [a.example]\n");
  bench.start();
  REQUIRE(bench.until([](App& app) { return app.store().records()[0].runs != 0; }));
  CHECK(bench.on_loop([](App& app) { return shows(app, std::string{kFiring} + "0\n"); }));

  const auto targets = std::string{"targets: [a.example, b.example]\n"};
  bench.folder.write("rdpwatch.yaml", kSettings + targets + "alertmanagers: [http://am1, http://am2]\n");
  REQUIRE(bench.reload().ok);
  for (const char* told : {"a to http://am1", "b to http://am1", "a to http://am2", "b to http://am2"})
    CHECK(outside.seen.wait_for(told));
  CHECK(bench.until([](App& app) {
    return shows(app, std::string{kFiring} + "2\n") &&
           shows(app, R"(rdpwatch_notifications_errors_total{alertmanager="http://am1"} 0)");
  }));

  bench.folder.write("rdpwatch.yaml", kSettings + targets);
  REQUIRE(bench.reload().ok);
  CHECK_FALSE(bench.on_loop([](App& app) { return shows(app, "am1"); }));
  CHECK(bench.on_loop([](App& app) { return shows(app, std::string{kFiring} + "0\n"); }));
}

TEST_CASE("notify: without anybody to tell, nothing is sent") {
  Outside outside;
  AppBench bench;
  bench.parts.make_exchange = outside.maker();
  bench.world->failing = true;
  bench.folder.write("rdpwatch.yaml", std::string{kSettings} + "targets: [a.example]\n");
  bench.start();
  REQUIRE(bench.until([](App& app) { return 2 < app.store().records()[0].runs; }));
  CHECK(outside.seen.count("a to http://am1") == 0);
}

TEST_CASE("notify: that an alert has ended is soon on disk") {
  Outside outside;
  AppBench bench;
  bench.parts.make_exchange = outside.maker();
  bench.parts.state_interval = 1h;
  bench.world->failing = true;
  bench.folder.write("rdpwatch.yaml", std::string{kSettings} +
                                          "targets: [a.example]\nalertmanagers: [http://am1]\n"
                                          "state_directory: state\n");
  bench.start();
  REQUIRE(outside.seen.wait_for("a to http://am1"));
  bench.world->failing = false;
  CHECK(bench.until([&](App&) {
    std::ostringstream text;
    text << std::ifstream{bench.folder.path("state/rdpwatch.state")}.rdbuf();
    return text.str().find(R"("ended":)") != std::string::npos;
  }));
}

TEST_CASE("notify: links follow the web file when it turns TLS on") {
  Happenings seen;
  AppBench bench;
  bench.parts.make_exchange = [&]() -> Exchange {
    return [&](const HttpRequest& request, std::stop_token) -> std::expected<HttpAnswer, std::string> {
      for (const std::string scheme : {"http", "https"})
        if (request.body.find(scheme + "://127.0.0.1:19389/targets/") != std::string::npos)
          seen.happen(scheme);
      return HttpAnswer{200, ""};
    };
  };
  bench.world->failing = true;
  const auto made = test::make_certificate();
  bench.folder.write("web/cert.pem", test::pem(*made.certificate));
  bench.folder.write("web/key.pem", test::pem(*made.key));
  bench.folder.write("web/web.yaml", "");
  bench.folder.write("rdpwatch.yaml", std::string{kSettings} +
                                          "targets: [a.example]\nalertmanagers: [http://am1]\n"
                                          "web: {config_file: web/web.yaml}\n");
  bench.start();
  REQUIRE(seen.wait_for("http"));
  CHECK(seen.count("https") == 0);
  bench.folder.write("web/web.yaml", "tls_server_config: {cert_file: cert.pem, key_file: key.pem}\n");
  CHECK(seen.wait_for("https"));
}

TEST_CASE("notify: a request that hangs does not keep the daemon from its end") {
  std::promise<void> caught;
  std::promise<void> release;
  AppBench bench;
  bench.parts.make_exchange = [&]() -> Exchange {
    return [&](const HttpRequest&, std::stop_token) -> std::expected<HttpAnswer, std::string> {
      caught.set_value();
      release.get_future().wait();
      return HttpAnswer{200, ""};
    };
  };
  std::string text = std::string{kSettings} + "targets: [a.example]\n";
  SUBCASE("to an Alertmanager") { text += "alertmanagers: [http://am]\n"; }
  SUBCASE("of the heartbeat") { text += "heartbeat_url: http://uptime\n"; }
  bench.world->failing = true;
  bench.folder.write("rdpwatch.yaml", text);
  bench.start();
  REQUIRE(caught.get_future().wait_for(60s) == std::future_status::ready);
  bench.app->request_stop();
  CHECK(bench.end() == 0);
  CHECK(bench.app->abandoned());
  release.set_value();
}

TEST_CASE("heartbeat: it goes on while every probe thread moves, also after a change of the URL") {
  Outside outside;
  AppBench bench;
  bench.parts.make_exchange = outside.maker();
  const auto text = std::string{kSettings} + "targets: [a.example]\nheartbeat_interval: 1s\n";
  bench.folder.write("rdpwatch.yaml", text + "heartbeat_url: http://uptime/one\n");
  bench.start();
  CHECK(outside.seen.wait_for("GET http://uptime/one", 2));
  bench.folder.write("rdpwatch.yaml", text + "heartbeat_url: http://uptime/two\n");
  REQUIRE(bench.reload().ok);
  const auto before = outside.seen.count("GET http://uptime/one");
  CHECK(outside.seen.wait_for("GET http://uptime/two", 3));
  CHECK(outside.seen.count("GET http://uptime/one") <= before + 1);  // one may have been under way
}

TEST_CASE("heartbeat: it stops when a probe thread hangs, and goes on with it") {
  Outside outside;
  const auto world = std::make_shared<test::FakeWorld>();
  test::Trap trap;
  AppBench bench{trap.engine(world)};
  bench.parts.make_exchange = outside.maker();
  bench.folder.write("rdpwatch.yaml", std::string{kSettings} +
                                          "targets: [{hosts: \"h[1-20].example\"}]\n"
                                          "heartbeat_interval: 1s\nheartbeat_url: http://uptime\n");
  bench.start();
  CHECK(outside.seen.wait_for("GET http://uptime", 1));
  trap.armed = true;
  REQUIRE(trap.caught.get_future().wait_for(60s) == std::future_status::ready);
  CHECK(bench.on_loop([](App&) { return true; }));
  const auto before = outside.seen.count("GET http://uptime");
  // The other threads go on: several seconds of most of their targets pass.
  const auto runs = [](App& app) {
    std::uint64_t sum = 0;
    for (const auto& record : app.store().records()) sum += record.runs;
    return sum;
  };
  const auto then = bench.on_loop(runs);
  REQUIRE(bench.until([&](App& app) { return then + 60 <= runs(app); }));
  CHECK(outside.seen.count("GET http://uptime") <= before + 1);
  trap.release.set_value();
  CHECK(outside.seen.wait_for("GET http://uptime", before + 2));
}
