#include <algorithm>
#include <expected>
#include <optional>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "daemon/pause_keeper.h"
#include "tests/daemon/app_bench.h"

using namespace std::chrono_literals;
using namespace rdpwatch;
using namespace rdpwatch::daemon;
using rdpwatch::test::AppBench;

namespace {

std::string fleet_yaml(int targets, const std::string& more = {}) {
  return "modules: {default: {interval: 2s, timeout: 500ms, retries: 0}}\n" + more +
         "targets: [{hosts: \"rds[1-" + std::to_string(targets) + "]\", labels: {site: fra}}, other]\n";
}

bool all_in(const App& app, std::string_view state) {
  return std::ranges::all_of(app.store().records(), [&](const auto& record) {
    return record.target->host == "other" || state_of(record) == state;
  });
}

PauseRequest request(std::chrono::seconds duration = 1h) {
  PauseRequest wanted{{{}, {{"site", "fra"}}}, duration, "patch night", "ann", {}, "192.0.2.9"};
  return wanted;
}

/// A keeper over a store, without a daemon around.
struct Keeping {
  explicit Keeping(std::size_t count) {
    const auto module = std::make_shared<const config::Module>();
    for (std::size_t i = 0; i < count; ++i) {
      auto target = std::make_shared<config::Target>();
      target->id = std::to_string(100'000 + i);
      target->labels = {{"site", "fra"}};
      target->module = module;
      config.targets.push_back(std::move(target));
    }
    store.replace(config);
    keeper.configure(config);
    io.poll();
  }
  std::size_t paused() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(store.records(), [](const auto& record) { return bool{record.pause}; }));
  }

  std::expected<std::string, std::string> order(const PauseRequest& wanted) {
    std::optional<std::expected<std::string, std::string>> answer;
    keeper.order(wanted, [&answer](const auto& id) { answer = id; });
    while (!answer) REQUIRE(io.poll_one() == 1);
    return *answer;
  }

  asio::io_context io{1};
  Store store{};
  config::Config config{};
  std::vector<std::uint32_t> probes_paused{};  ///< places
  std::vector<AuditEntry> audited{};
  int saves = 0;  ///< that were asked for
  Pauses::TimePoint now = std::chrono::sys_days{std::chrono::December / 5 / 2026} + 22h;
  PauseKeeper keeper{io,
                     store,
                     {[this](const auto& places) { probes_paused = places; },
                      [this](const AuditEntry& entry) { audited.push_back(entry); }, [this] { ++saves; },
                      [this] { return now; }}};
};

}  // namespace

TEST_CASE("patch night: 2,000 hosts go down within a pause and come back, and nobody hears of it") {
  AppBench bench;
  bench.world->connections = 0;
  bench.folder.write("rdpwatch.yaml", fleet_yaml(2000));
  bench.start();
  REQUIRE(bench.until([](App& app) { return all_in(app, "ok"); }));
  const auto id = bench.pause(request());
  REQUIRE(id);
  REQUIRE(bench.until([](App& app) { return all_in(app, "paused"); }));
  const auto other = bench.runs("other:3389");
  REQUIRE(bench.until([&](App& app) {  // what was in flight is through
    return other + 1 < app.store().find("other:3389")->runs;
  }));
  bench.world->failing = true;
  REQUIRE(bench.until([&](App& app) { return 2 <= app.store().find("other:3389")->failures; }));
  const auto failures = [](App& app) {
    std::uint64_t sum = 0;
    for (const auto& record : app.store().records()) sum += record.failures;
    return sum;
  };
  CHECK(bench.on_loop([&](App& app) { return failures(app) == app.store().find("other:3389")->failures; }));
  bench.world->failing = false;
  const auto runs_before = bench.runs("rds1:3389");
  REQUIRE(bench.on_loop([&](App&) { return bench.actions->end_pause(*id, "ann", "192.0.2.9"); }));
  REQUIRE(bench.until([](App& app) { return all_in(app, "ok"); }));
  CHECK(runs_before < bench.runs("rds1:3389"));
  CHECK(bench.on_loop([&](App& app) {
    return std::ranges::all_of(app.store().records(), [](const auto& record) {
      return record.target->host == "other" || (record.failures == 0 && record.state_changes == 0);
    });
  }));
}

TEST_CASE("maintenance: a window begins and ends by the wall clock, a reload that drops it ends it as well") {
  AppBench bench;
  bench.world->connections = 0;
  const auto begin = std::chrono::steady_clock::now();
  const Pauses::TimePoint evening = std::chrono::sys_days{std::chrono::December / 5 / 2026} + 22h;
  bench.parts.wall_clock = [=] { return evening - 2s + (std::chrono::steady_clock::now() - begin); };
  const auto window = [](const char* end) {
    return "maintenance: [{labels: {site: fra}, start: 2026-12-05T22:00:00Z, end: 2026-12-05T" +
           std::string{end} + "Z, reason: patch night}]\n";
  };
  bench.folder.write("rdpwatch.yaml", fleet_yaml(20, window("22:00:02")));
  bench.start();
  REQUIRE(bench.until([](App& app) { return all_in(app, "paused"); }));
  CHECK(bench.on_loop([](App& app) { return app.store().find("other:3389")->pause == nullptr; }));
  CHECK(bench.on_loop([](App& app) { return app.store().find("rds1:3389")->pause->reason; }) ==
        "patch night");
  REQUIRE(bench.until([](App& app) { return all_in(app, "ok"); }));
  bench.folder.write("rdpwatch.yaml", fleet_yaml(20, window("23:00:00")));
  REQUIRE(bench.reload().ok);
  REQUIRE(bench.until([](App& app) { return all_in(app, "paused"); }));
  bench.folder.write("rdpwatch.yaml", fleet_yaml(20));
  REQUIRE(bench.reload().ok);
  REQUIRE(bench.until([](App& app) { return all_in(app, "ok"); }));
}

TEST_CASE("pause keeper: 10,000 targets that are paused at once are told to the store in slices") {
  Keeping keeping{10'000};
  REQUIRE(keeping.order(request()));
  CHECK(keeping.probes_paused.size() == 10'000);  // at once: nothing is started any more
  std::size_t before = keeping.paused();
  std::size_t turns = 0;
  for (; keeping.paused() < 10'000; ++turns) {
    CHECK(keeping.paused() - before <= 500);
    before = keeping.paused();
    REQUIRE(keeping.io.poll_one() == 1);
  }
  CHECK(10 < turns);
}

TEST_CASE("pause keeper: a reload with many pauses is looked up in turns, and nothing is probed meanwhile") {
  Keeping keeping{10'000};
  for (int i = 0; i < 20; ++i) REQUIRE(keeping.order(request()));
  keeping.io.poll();
  const auto late = std::make_shared<config::Target>(*keeping.config.targets.back());
  late->id = "999999";
  late->labels = {{"site", "ams"}};
  keeping.config.targets.push_back(late);
  keeping.store.replace(keeping.config);
  keeping.keeper.configure(keeping.config);
  std::size_t turns = 0;
  for (; keeping.probes_paused.size() == 10'001; ++turns) REQUIRE(keeping.io.poll_one() == 1);
  CHECK(5 < turns);
  CHECK(keeping.probes_paused.size() == 10'000);
  keeping.io.poll();
  CHECK(keeping.paused() == 10'000);
}

TEST_CASE("pause keeper: orders are kept over a restart, and end when they must") {
  nlohmann::json saved;
  {
    Keeping keeping{10};
    REQUIRE(keeping.order(request(2h)));
    REQUIRE(keeping.order(request(4h)));
    saved = keeping.keeper.section().save()();
  }
  Keeping next{10};
  CHECK_THROWS_AS(next.keeper.section().load("nonsense"), nlohmann::json::exception);
  next.now += 3h;
  next.keeper.section().load(saved);
  next.io.poll();
  CHECK(next.paused() == 10);
  REQUIRE(next.keeper.list().size() == 1);
  CHECK(next.keeper.list()[0].until == next.now + 1h);
  CHECK(next.store.records()[0].pause->who == "ann (says 192.0.2.9)");
}

TEST_CASE("pause keeper: what an order with many patterns means is looked up in turns, also by a new list") {
  Keeping keeping{10'000};
  auto wanted = request();
  wanted.selector = {};
  for (int i = 0; i < 20; ++i) wanted.selector.targets.push_back(std::to_string(i) + "*7777");
  std::optional<std::expected<std::string, std::string>> answer;
  const auto turns = [&] {
    std::size_t count = 0;
    for (answer.reset(); !answer; ++count) REQUIRE(keeping.io.poll_one() == 1);
    return count;
  };
  keeping.keeper.order(wanted, [&](const auto& id) { answer = id; });
  CHECK_FALSE(answer);
  CHECK(5 < turns());
  CHECK(*answer == "1");
  CHECK(keeping.probes_paused == std::vector<std::uint32_t>{7777});

  keeping.keeper.order(wanted, [&](const auto& id) { answer = id; });
  std::erase_if(keeping.config.targets, [](const auto& target) { return target->id == "107777"; });
  keeping.store.replace(keeping.config);
  keeping.keeper.configure(keeping.config);
  CHECK(5 < turns());
  CHECK(answer->error() == "no target has these ids and labels");
}

TEST_CASE("pause keeper: it says once when it is known what is paused after a restart") {
  nlohmann::json saved;
  {
    Keeping keeping{10'000};
    for (int i = 0; i < 20; ++i) REQUIRE(keeping.order(request()));
    saved = keeping.keeper.section().save()();
  }
  Keeping next{10'000};
  int known = 0;
  next.keeper.when_known([&] { ++known; });
  CHECK(known == 1);  // there was nothing to look up
  next.keeper.section().load(saved);
  next.keeper.when_known([&] {
    ++known;
    CHECK(next.probes_paused.size() == 10'000);
  });
  for (int turns = 0; turns < 5; ++turns) {
    CHECK(known == 1);
    REQUIRE(next.io.poll_one() == 1);
  }
  next.io.poll();
  CHECK(known == 2);
  REQUIRE(next.order(request()));
  CHECK(known == 2);
}

TEST_CASE("pause keeper: an order is saved soon, and so is that it ended") {
  Keeping keeping{3};
  keeping.config.maintenance = {{{{"*"}, {}}, "restarts", {}, {5 * 24h + 22h}, 1h}};  // Saturdays, now
  keeping.keeper.configure(keeping.config);
  auto nowhere = request();
  nowhere.selector.labels = {{"site", "nowhere"}};
  CHECK_FALSE(keeping.order(nowhere));
  CHECK_FALSE(keeping.keeper.end("99", "", {}));
  CHECK(keeping.saves == 0);
  const auto id = keeping.order(request());
  REQUIRE(id);
  CHECK(keeping.saves == 1);
  REQUIRE(keeping.order(request(3h)));
  CHECK(keeping.saves == 2);
  CHECK(keeping.keeper.end(*id, "", {}));
  CHECK(keeping.saves == 3);
  keeping.now += 4h;
  keeping.keeper.configure(keeping.config);
  CHECK(keeping.keeper.list().size() == 1);
  CHECK(keeping.saves == 4);
}

TEST_CASE("pause keeper: an order that was saved by a clock that went ahead is in force all the same") {
  nlohmann::json saved;
  {
    Keeping keeping{10};
    keeping.now += 5h;
    REQUIRE(keeping.order(request(2h)));
    saved = keeping.keeper.section().save()();
  }
  Keeping next{10};
  next.keeper.section().load(saved);
  next.io.poll();
  CHECK(next.paused() == 10);
  CHECK(next.keeper.list()[0].until == next.now + 2h);
}

TEST_CASE("pause keeper: the end of a pause that came while the daemon was down is told once") {
  nlohmann::json saved;
  {
    Keeping keeping{10};
    REQUIRE(keeping.order(request(2h)));
    saved = keeping.keeper.section().save()();
  }
  Keeping next{10};
  next.now += 3h;
  next.keeper.section().load(saved);
  next.io.poll();
  CHECK(next.keeper.list().empty());
  CHECK(next.probes_paused.empty());
  CHECK(next.paused() == 10);
  CHECK(next.store.records()[0].pause->over);
  REQUIRE(next.audited.size() == 1);
  CHECK(next.audited[0].action == AuditAction::PauseEnd);
  CHECK(next.audited[0].who == "ann (says 192.0.2.9)");
  CHECK(next.audited[0].what == "1: labels site=fra, until 2026-12-06T00:00:00Z: patch night");
  CHECK(next.keeper.section().save()() == nlohmann::json::array());
}

TEST_CASE("pause keeper: each pause and each end has its line in the audit, with what came of it") {
  Keeping keeping{3};
  auto wanted = request();
  const auto id = keeping.order(wanted);
  REQUIRE(id);
  wanted.selector.labels = {{"site", "nowhere"}};
  wanted.user = "bob";
  CHECK(keeping.order(wanted).error() == "no target has these ids and labels");
  CHECK_FALSE(keeping.keeper.end("99", "", "192.0.2.9"));
  CHECK(keeping.keeper.end(*id, "bob", "192.0.2.9"));
  REQUIRE(keeping.audited.size() == 3);
  CHECK(keeping.audited[0].who == "ann (says 192.0.2.9)");
  CHECK(keeping.audited[0].from == "192.0.2.9");
  CHECK(keeping.audited[0].what == "1: labels site=fra, until 2026-12-05T23:00:00Z: patch night");
  CHECK(keeping.audited[0].result == "done");
  CHECK(keeping.audited[1].who == "bob");
  CHECK(keeping.audited[1].result == "refused: no target has these ids and labels");
  CHECK(keeping.audited[2].action == AuditAction::PauseEnd);

  keeping.config.maintenance = {{{{"*"}, {}}, "restarts", {}, {5 * 24h + 22h}, 1h}};  // Saturdays, now
  keeping.keeper.configure(keeping.config);
  REQUIRE(keeping.audited.size() == 4);
  CHECK(keeping.audited[3].who == "configuration");
  CHECK(keeping.audited[3].what == "targets *: restarts");
  keeping.keeper.configure(keeping.config);
  CHECK(keeping.audited.size() == 4);
  keeping.config.maintenance.clear();
  keeping.keeper.configure(keeping.config);
  REQUIRE(keeping.audited.size() == 5);
  CHECK(keeping.audited[4].action == AuditAction::PauseEnd);
}
