#include "daemon/app.h"

#include <array>
#include <csignal>
#include <string_view>

#include <doctest/doctest.h>
#include <unistd.h>

#include "tests/daemon/app_bench.h"
#include "tests/daemon/piped_log.h"

using namespace std::chrono_literals;
using namespace rdpwatch;
using namespace rdpwatch::daemon;
using rdpwatch::test::AppBench;
using rdpwatch::test::PipedLog;

namespace {

constexpr auto kHead =
    "connection_budget: {connections: 1000, window: 1s}\n"
    "modules:\n"
    "  default: {interval: 1s, timeout: 500ms, retries: 0}\n"
    "  slow: {interval: 1h}\n";

std::string list_of(const std::vector<std::string>& hosts) {
  std::string text = kHead;
  text += "targets:\n";
  for (const auto& host : hosts) text += "  - host: " + host + "\n";
  return text;
}

bool has(const App& app, const std::string& id) { return app.store().find(id) != nullptr; }

std::uint64_t runs(const App& app, const std::string& id) {
  return has(app, id) ? app.store().find(id)->runs : 0;
}

}  // namespace

TEST_CASE("app: an invalid configuration ends it before anything is opened") {
  AppBench bench;
  bench.folder.write("rdpwatch.yaml", "targets: [{host: a, prot: 1}]\n");
  App app{bench.options, bench.parts, *bench.log};
  CHECK(app.run() == 78);
  CHECK_FALSE(bench.doors_open);
  CHECK(bench.world->begun == 0);
}

TEST_CASE("app: a busy port ends it") {
  AppBench bench;
  bench.busy_port = "cannot listen on 127.0.0.1:19389: address already in use";
  bench.folder.write("rdpwatch.yaml", list_of({"192.0.2.1"}));
  App app{bench.options, bench.parts, *bench.log};
  CHECK(app.run() == 1);
  CHECK(bench.world->begun == 0);
}

TEST_CASE("app: it probes, keeps the results, and stops in order") {
  AppBench bench;
  bench.folder.write("rdpwatch.yaml", list_of({"a.example", "b.example"}));
  bench.start();
  CHECK(bench.doors_open);
  CHECK(bench.until(
      [](App& app) { return 2 <= runs(app, "a.example:3389") && 2 <= runs(app, "b.example:3389"); }));
  bench.app->request_stop();
  CHECK(bench.end() == 0);
  CHECK_FALSE(bench.doors_open);
  CHECK_FALSE(bench.app->abandoned());
}

TEST_CASE("reload: targets that stay keep their records, others come and go") {
  AppBench bench;
  bench.folder.write("rdpwatch.yaml", list_of({"a.example", "b.example"}));
  bench.start();
  REQUIRE(bench.until([](App& app) { return 2 <= runs(app, "a.example:3389"); }));
  bench.folder.write("rdpwatch.yaml", list_of({"a.example", "c.example"}));
  CHECK(bench.reload().ok);
  CHECK(2 <= bench.runs("a.example:3389"));
  CHECK(bench.on_loop([](App& app) { return !has(app, "b.example:3389") && has(app, "c.example:3389"); }));
  CHECK(bench.until([](App& app) { return 1 <= runs(app, "c.example:3389"); }));
}

TEST_CASE("reload: it is all or nothing") {
  AppBench bench;
  bench.folder.write("rdpwatch.yaml", list_of({"a.example"}));
  bench.start();
  const auto before = bench.on_loop([&](App&) { return bench.actions->config(); });
  bench.folder.write("rdpwatch.yaml", list_of({"b.example"}) + "unknown_key: 1\n");
  const auto refused = bench.reload();
  CHECK_FALSE(refused.ok);
  CHECK(refused.diagnostics.size() == 1);
  CHECK(bench.on_loop(
      [&](App& app) { return has(app, "a.example:3389") && bench.actions->config() == before; }));
  bench.folder.write("rdpwatch.yaml", list_of({"a.example"}));
  CHECK(bench.reload().ok);
  CHECK(bench.on_loop(
      [&](App&) { return bench.actions->config() == before; }));  // nothing changed: nothing is touched
}

TEST_CASE("reload: a changed target list is noticed") {
  AppBench bench;
  bench.folder.write("rdpwatch.yaml", std::string{kHead} + "target_files: [lists/*.yaml]\n");
  bench.folder.write("lists/one.yaml", "- host: a.example\n");
  bench.start();
  CHECK(bench.on_loop([](App& app) { return has(app, "a.example:3389"); }));
  bench.folder.write("lists/one.yaml", "- host: b.example\n");
  CHECK(bench.until([](App& app) { return has(app, "b.example:3389") && !has(app, "a.example:3389"); }));
  bench.folder.write("lists/two.yaml", "- host: c.example\n");
  CHECK(bench.until([](App& app) { return has(app, "c.example:3389"); }));
}

TEST_CASE("reload: a list on a web server is fetched again") {
  AppBench bench;
  std::atomic<int> version{1};
  bench.parts.fetch = [&](const std::string&) -> std::expected<std::string, std::string> {
    return R"([{"targets": ["v)" + std::to_string(version) + R"(.example:3389"]}])";
  };
  bench.parts.url_refresh = 20ms;
  bench.folder.write("rdpwatch.yaml", std::string{kHead} + "target_urls: ['http://127.0.0.1:9/list']\n");
  bench.start();
  CHECK(bench.on_loop([](App& app) { return has(app, "v1.example:3389"); }));
  version = 2;
  CHECK(bench.until([](App& app) { return has(app, "v2.example:3389"); }));
}

TEST_CASE("reload: a list server that fails is told once, and once when it is back") {
  const PipedLog lines;
  AppBench bench;
  lines.take(bench);
  std::atomic<bool> down{false};
  std::atomic<int> asked{0};
  std::atomic<int> version{1};
  bench.parts.fetch = [&](const std::string&) -> std::expected<std::string, std::string> {
    ++asked;
    return R"([{"targets": ["v)" + std::to_string(version) + R"(.example:3389"]}])";
  };
  bench.parts.fetch_errors = [&] {
    FetchErrors errors;
    if (down) errors["http://127.0.0.1:9/list"] = "http://127.0.0.1:9/list: connection refused";
    return errors;
  };
  std::vector<std::string> kept;
  bench.parts.keep_urls = [&](const std::vector<std::string>& urls) { kept = urls; };
  bench.parts.url_refresh = 5ms;
  bench.folder.write("rdpwatch.yaml", std::string{kHead} + "target_urls: ['http://127.0.0.1:9/list']\n");
  bench.start();
  CHECK(bench.on_loop([&](App&) { return kept == std::vector<std::string>{"http://127.0.0.1:9/list"}; }));
  down = true;
  CHECK(lines.wait_for("cannot be fetched"));
  const int before = asked;
  CHECK(bench.until([&](App&) { return before + 3 < asked; }));
  down = false;
  CHECK(lines.wait_for("is fetched again"));
  CHECK(lines.count("cannot be fetched") == 1);
  CHECK(lines.text().find("error=\"http://127.0.0.1:9/list: connection refused\"") != std::string::npos);
  bench.folder.write("rdpwatch.yaml", list_of({"a.example"}));
  CHECK(bench.reload().ok);
  CHECK(bench.on_loop([&](App&) { return kept.empty(); }));
}

TEST_CASE("reload: while probes of the schedule and on demand run, on all threads") {
  AppBench bench;
  std::vector<std::string> hosts;
  for (int i = 0; i < 60; ++i) hosts.push_back("h" + std::to_string(i) + ".example");
  bench.folder.write("rdpwatch.yaml", list_of(hosts));
  bench.start();
  std::vector<std::future<OnDemandResult>> asked;
  for (int round = 0; round < 15; ++round) {
    hosts.pop_back();
    bench.folder.write("rdpwatch.yaml", list_of(hosts));
    for (int i = 0; i < 60; i += 7) asked.push_back(bench.probe("h" + std::to_string(i) + ".example:3389"));
    CHECK(bench.reload().ok);
  }
  for (auto& each : asked) {
    REQUIRE(each.wait_for(60s) == std::future_status::ready);
    each.get();
  }
  CHECK(bench.on_loop([](App& app) { return app.store().records().size(); }) == 45);
  CHECK(bench.until([](App& app) { return 2 <= runs(app, "h0.example:3389"); }));
  CHECK(bench.world->twice == 0);
  bench.app->request_stop();
  CHECK(bench.end() == 0);
}

TEST_CASE("app: a probe on demand is fresh, joined, or the last result") {
  AppBench bench;
  bench.folder.write("rdpwatch.yaml",
                     std::string{kHead} + "targets: [{host: a.example, module: slow}, {host: b.example}]\n");
  bench.start();
  const auto fresh = bench.probe("a.example:3389", "", true).get();
  REQUIRE(fresh.report);
  CHECK_FALSE(fresh.none);
  CHECK(fresh.trace == std::vector<std::string>{"climbing"});
  CHECK(bench.until([](App& app) { return runs(app, "a.example:3389") == 1; }));
  CHECK(bench.probe("a.example:3389", "default").get().report->module == "default");
  CHECK(bench.runs("a.example:3389") == 1);  // a probe with another module is not one of its results
  CHECK(bench.probe("a.example:3389", "unknown").get().none == NoProbe::Unknown);
  CHECK(bench.probe("nobody:3389").get().none == NoProbe::Unknown);

  REQUIRE(bench.until([](App& app) { return 1 <= runs(app, "b.example:3389"); }));
  bench.world->hold = true;
  const auto late = bench.probe("b.example:3389", "", false, 50ms).get();
  CHECK(late.none == NoProbe::Timeout);
  CHECK(late.report);
  bench.world->hold = false;
}

TEST_CASE(
    "app: warnings of a configuration are told at the start, at a reload, and once for what is unchanged") {
  const PipedLog lines;
  AppBench bench;
  lines.take(bench);
  bench.folder.write("rdpwatch.yaml", std::string{kHead} +
                                          "targets: [{host: a.example, policy: {exceptions: "
                                          "[{reason: cert_expired, until: 2025-12-31, why: gone}]}}]\n");
  bench.start();
  CHECK(lines.wait_for("an exception that has ended"));
  bench.folder.write("rdpwatch.yaml", std::string{kHead} + "targets: []\n");
  const auto reloaded = bench.reload();
  CHECK(reloaded.ok);
  REQUIRE(reloaded.diagnostics.size() == 1);
  CHECK(lines.wait_for("nothing will be watched"));
}

TEST_CASE("app: a probe whose asker gave up is counted when it ends") {
  AppBench bench;
  bench.world->failing = true;
  bench.world->hold = true;
  bench.folder.write("rdpwatch.yaml", std::string{kHead} +
                                          "  other: {interval: 7d}\n"
                                          "targets: [{host: a.example, module: other}]\n");
  bench.start();
  CHECK(bench.probe("a.example:3389", "default", false, 50ms).get().none == NoProbe::Timeout);
  constexpr const char* kFailed = "rdpwatch_failures_total{scenario=\"host_refusing\"} ";
  CHECK(bench.on_loop([](App& app) { return test::shows(app, kFailed + std::string{"0\n"}); }));
  bench.world->hold = false;
  CHECK(bench.until([](App& app) { return test::shows(app, kFailed + std::string{"1\n"}); }));
}

TEST_CASE("app: a probe by another module keeps what the target itself sets") {
  AppBench bench;
  bench.folder.write("rdpwatch.yaml",
                     std::string{kHead} + "targets: [{host: a.example, module: slow, timeout: 400ms}]\n");
  bench.start();
  REQUIRE(bench.probe("a.example:3389", "default").get().report);
  const std::scoped_lock lock{bench.world->mutex};
  const auto& module = *bench.world->modules.at("a.example:3389");
  CHECK(module.name == "default");
  CHECK(module.interval == 1s);
  CHECK(module.timeout == 400ms);
}

TEST_CASE("app: a probe on demand is one of the target's results, and its change is logged") {
  const PipedLog lines;
  AppBench bench;
  lines.take(bench);
  bench.folder.write("rdpwatch.yaml", std::string{kHead} + "targets: [{host: a.example, module: slow}]\n");
  bench.start();
  bench.world->failing = true;
  CHECK(bench.probe("a.example:3389", "default").get().report->verdict == Verdict::Failed);
  CHECK(bench.on_loop([](App& app) { return !app.store().find("a.example:3389")->last; }));
  CHECK(bench.probe("a.example:3389").get().report->verdict == Verdict::Failed);
  CHECK(bench.on_loop([](App& app) {
    const auto* record = app.store().find("a.example:3389");
    return record->last && record->runs == 1 && record->failures == 1;
  }));
  CHECK(lines.wait_for("reason=tcp_refused"));
}

TEST_CASE("app: probes that last are cancelled when it stops") {
  AppBench bench;
  bench.folder.write("rdpwatch.yaml", list_of({"a.example"}));
  bench.world->hold = true;
  bench.start();
  REQUIRE(bench.until([&](App&) { return 0 < bench.world->begun; }));
  bench.app->request_stop();
  CHECK(bench.end() == 0);
  CHECK_FALSE(bench.app->abandoned());
}

TEST_CASE("app: probes that cannot be cancelled do not keep it") {
  AppBench bench;
  bench.folder.write("rdpwatch.yaml", list_of({"a.example"}));
  bench.world->hold = true;
  bench.world->stubborn = true;
  bench.start();
  REQUIRE(bench.until([&](App&) { return 0 < bench.world->begun; }));
  bench.app->request_stop();
  CHECK(bench.end() == 0);
  CHECK(bench.app->abandoned());
}

TEST_CASE("app: a bug in a probe ends it with an error") {
  AppBench bench;
  bench.folder.write("rdpwatch.yaml", list_of({"a.example"}));
  bench.world->throwing = true;
  bench.start();
  CHECK(bench.end() == 1);
}

TEST_CASE("app: SIGHUP reloads, SIGTERM stops") {
  AppBench bench;
  bench.folder.write("rdpwatch.yaml", list_of({"a.example"}));
  bench.start();
  bench.folder.write("rdpwatch.yaml", list_of({"b.example"}));
  ::raise(SIGHUP);
  CHECK(bench.until([](App& app) { return has(app, "b.example:3389"); }));
  ::raise(SIGTERM);
  CHECK(bench.end() == 0);
}
