#include <fstream>
#include <sstream>

#include <doctest/doctest.h>
#include <fcntl.h>

#include "tests/daemon/app_bench.h"

using namespace std::chrono_literals;
using namespace rdpwatch;
using namespace rdpwatch::daemon;
using rdpwatch::test::AppBench;
using rdpwatch::test::ScratchFolder;

namespace {

constexpr auto kHead =
    "state_directory: state\n"
    "connection_budget: {connections: 1000, window: 1s}\n"
    "modules: {default: {interval: 1s, timeout: 500ms, retries: 0}}\n";

std::string content(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream{file}.rdbuf();
  return text.str();
}

/// One life of the daemon in a folder that outlives it.
struct Life {
  explicit Life(const ScratchFolder& home, bool probing = true) : log_file{home.path("log")} {
    bench.options.config = home.path("rdpwatch.yaml");
    bench.parts.build.version = "0.1.0";
    bench.world->hold = !probing;
    bench.log = std::make_unique<Log>(
        LogOptions{}, ::open(log_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  }
  /// Probes until `id` was probed `times`, then stops in order.
  void live(const std::string& id, std::uint64_t times) {
    bench.start();
    REQUIRE(bench.until(
        [&](App& app) { return app.store().find(id) != nullptr && times <= app.store().find(id)->runs; }));
    stop();
  }
  void stop() {
    bench.world->hold = false;
    bench.app->request_stop();
    CHECK(bench.end() == 0);
    CHECK(bench.log->flush(10s));
  }
  std::string said() const {
    bench.log->flush(10s);
    return content(log_file);
  }
  TargetRecord record(const std::string& id) {
    return bench.on_loop([&](App& app) { return *app.store().find(id); });
  }

  std::filesystem::path log_file;
  AppBench bench{};
};

std::string files_of(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator{folder})
    names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  std::string all;
  for (const auto& name : names) all += name.substr(0, name.find("bad-")) + " ";
  return all;
}

}  // namespace

TEST_CASE("state: a daemon that is started again goes on where it was") {
  const ScratchFolder home;
  home.write("rdpwatch.yaml", std::string{kHead} + "targets: [a.example, b.example]\n");
  TargetRecord before;
  {
    Life life{home};
    life.bench.world->failing = true;
    life.live("a.example:3389", 2);
    before = *life.bench.app->store().find("a.example:3389");
  }
  home.write("rdpwatch.yaml", std::string{kHead} + "targets: [a.example, c.example]\n");
  Life life{home, false};
  life.bench.start();
  const auto after = life.record("a.example:3389");
  CHECK(after.runs == before.runs);
  CHECK(after.failures == before.failures);
  CHECK(after.consecutive_failures == before.consecutive_failures);
  CHECK(std::chrono::abs(after.verdict_since - before.verdict_since) < 1us);
  REQUIRE(after.last);
  CHECK(after.last->verdict == Verdict::Failed);
  CHECK(std::chrono::abs(after.last->time - before.last->time) < 1us);
  CHECK(after.samples);
  CHECK(life.record("c.example:3389").last == nullptr);
  const auto past = life.bench.on_loop([](App& app) { return app.history().of("a.example:3389"); });
  REQUIRE(past.size() == before.runs);
  CHECK(past[0].failure->trace == "climbing\n");
  CHECK(life.said().find("state loaded targets=1 ") != std::string::npos);
  CHECK(life.said().find("after=\"a stop\"") != std::string::npos);
  life.bench.world->failing = true;
  life.bench.world->hold = false;  // it fails on: nothing has changed
  REQUIRE(life.bench.until([&](App& app) { return before.runs < app.store().find("a.example:3389")->runs; }));
  CHECK(life.record("a.example:3389").verdict_since == after.verdict_since);
  CHECK(life.said().find("verdict changed target=a.example") == std::string::npos);
}

TEST_CASE("state: what was saved while it ran is there after an abrupt end") {
  const ScratchFolder home;
  const ScratchFolder later;
  home.write("rdpwatch.yaml", std::string{kHead} + "targets: [a.example]\n");
  later.write("rdpwatch.yaml", std::string{kHead} + "targets: [a.example]\n");
  {
    Life life{home};
    life.bench.parts.state_interval = 10ms;
    life.bench.start();
    REQUIRE(life.bench.until([&](App&) {
      return content(home.path("state/rdpwatch.state")).find("\"target\":\"a.example:3389\"") !=
             std::string::npos;
    }));
    later.write("state/rdpwatch.state", content(home.path("state/rdpwatch.state")));
  }
  Life life{later, false};
  life.bench.start();
  const auto record = life.record("a.example:3389");
  CHECK(record.last);
  CHECK(record.runs == 0);  // or it would be lower than it was
  CHECK(life.said().find("after=\"an abrupt end\"") != std::string::npos);
}

TEST_CASE("state: a pause is saved soon after it was ordered") {
  const ScratchFolder home;
  home.write("rdpwatch.yaml", std::string{kHead} + "targets: [a.example]\n");
  Life life{home, false};
  life.bench.parts.state_interval = 1h;
  life.bench.parts.state_soon = 10ms;
  life.bench.start();
  const auto saved = [&](const std::string& text) {
    return life.bench.until(
        [&](App&) { return content(home.path("state/rdpwatch.state")).find(text) != std::string::npos; });
  };
  REQUIRE(saved("rdpwatch_state"));  // the first time, at the start
  REQUIRE(life.bench.pause({{{"*"}, {}}, 1h, "patch night", "ann", {}, {}}));
  CHECK(saved("patch night"));
  life.stop();
}

TEST_CASE("state: no slot is lost while it is looked up what many pauses of before mean") {
  const ScratchFolder home;
  const auto yaml = [](const std::string& site) {
    return std::string{kHead} + "targets: [{hosts: \"rds[1-1000]\", labels: {site: " + site + "}}]\n";
  };
  home.write("rdpwatch.yaml", yaml("ams"));
  {
    Life life{home, false};
    life.bench.start();
    for (std::size_t i = 0; i < Pauses::kMaxOrders; ++i)
      REQUIRE(life.bench.pause({{{}, {{"site", "ams"}}}, 1h, "patch night", "ann", {}, {}}));
    life.stop();
  }
  home.write("rdpwatch.yaml", yaml("fra"));
  Life life{home};
  life.bench.world->connections = 0;
  life.bench.start();
  REQUIRE(life.bench.until([](App& app) {
    return std::ranges::all_of(app.store().records(), [](const auto& record) { return 0 < record.runs; });
  }));
  CHECK(life.bench.on_loop([&](App&) { return life.bench.actions->pauses().size(); }) == Pauses::kMaxOrders);
  CHECK(life.bench.on_loop(
      [](App& app) { return test::shows(app, "rdpwatch_probes_skipped_total{reason=\"paused\"} 0\n"); }));
  life.stop();
}

TEST_CASE("state: a file that cannot be used is set aside, with one line") {
  const ScratchFolder home;
  home.write("rdpwatch.yaml", std::string{kHead} + "targets: [a.example]\n");
  std::string text = "{\"rdpwatch_state\":1,\"sav";
  SUBCASE("cut short") {}
  SUBCASE("empty") { text = ""; }
  SUBCASE("of somebody else") { text = "<html>\n"; }
  home.write("state/rdpwatch.state", text);
  Life life{home};
  life.live("a.example:3389", 1);
  const auto said = life.said();
  const std::string words = "the state on disk cannot be used and was set aside";
  CHECK(said.find(words) != std::string::npos);
  CHECK(said.find(words, said.find(words) + 1) == std::string::npos);
  CHECK(files_of(home.path("state")) == "rdpwatch.state rdpwatch.state. ");
  for (const auto& entry : std::filesystem::directory_iterator{home.path("state")})
    if (entry.path().filename() != "rdpwatch.state") CHECK(content(entry.path()) == text);
}

TEST_CASE("state: that of a newer release is refused and not touched") {
  const ScratchFolder home;
  home.write("rdpwatch.yaml", std::string{kHead} + "targets: [a.example]\n");
  const std::string text = "{\"rdpwatch_state\":2,\"release\":\"9.9.9\"}\nin a form that nobody knows yet\n";
  home.write("state/rdpwatch.state", text);
  Life life{home};
  App app{life.bench.options, life.bench.parts, *life.bench.log};
  CHECK(app.run() == 78);
  CHECK(life.said().find("was written by rdpwatch 9.9.9, which keeps its state in a newer form (2) than this "
                         "rdpwatch 0.1.0 can read (1): install that release again, or move the file away") !=
        std::string::npos);
  CHECK(content(home.path("state/rdpwatch.state")) == text);
  CHECK(files_of(home.path("state")) == "rdpwatch.state ");
}

TEST_CASE("state: a folder that cannot be written is warned of once, and the daemon runs") {
  const ScratchFolder home;
  home.write("rdpwatch.yaml", std::string{kHead} + "targets: [a.example]\n");
  home.write("state", "a file where the folder should be");
  Life life{home};
  life.bench.parts.state_interval = 1ms;
  life.live("a.example:3389", 2);
  const auto said = life.said();
  const std::string words = "the state cannot be saved";
  CHECK(said.find(words) != std::string::npos);
  CHECK(said.find(words, said.find(words) + 1) == std::string::npos);
  CHECK(said.find("Not a directory") != std::string::npos);
}

TEST_CASE("state: without a folder nothing is written; the one of the service manager is the default") {
  const ScratchFolder home;
  home.write("rdpwatch.yaml", "modules: {default: {interval: 1s, timeout: 500ms}}\ntargets: [a.example]\n");
  {
    Life life{home};
    life.live("a.example:3389", 1);
  }
  CHECK(files_of(home.path()) == "log rdpwatch.yaml ");
  Life life{home};
  life.bench.parts.state_directory = home.path("given");
  life.live("a.example:3389", 1);
  CHECK(files_of(home.path("given")) == "rdpwatch.state ");
}
