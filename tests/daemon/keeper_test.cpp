#include "daemon/state/keeper.h"

#include <ctime>

#include <asio/post.hpp>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <nlohmann/json.hpp>

#include "tests/support/fake_records.h"
#include "tests/support/scratch_folder.h"

using namespace std::chrono_literals;
using namespace rdpwatch;
using namespace rdpwatch::daemon;
using namespace rdpwatch::daemon::state;
using rdpwatch::test::fake_config;
using rdpwatch::test::ScratchFolder;

namespace {

/// A Keeper and all that it keeps, without an app.
struct Home {
  explicit Home(const ScratchFolder& scratch, std::size_t targets = 3)
      : folder{scratch.path()}, config{fake_config(targets)} {
    store.replace(*config);
    history.replace(*config);
    log.set_counter([this](LogSeverity severity) { warnings += severity == LogSeverity::Warning ? 1 : 0; });
  }
  void probe_all() {
    std::size_t seed = 0;
    for (const auto& target : config->targets) {
      const auto report = test::healthy_report(*target, ++seed);
      TargetMemory memory;
      memory.certificate = report->tls->certificate;
      for (int i = 0; i < 10; ++i) history.record(*report, {}, memory);
      store.record(report);
    }
  }
  auto load(Sections sections = {}) { return keeper.load(folder, *config, std::move(sections)); }
  void save(bool orderly = true) {
    keeper.start();
    keeper.stop(orderly, [this] { io.stop(); });
    io.run();
  }
  std::string page() {
    std::string text;
    for (const auto& block : metrics.render(metrics::Format::Text, store)) text += block.text;
    return text;
  }

  std::filesystem::path folder;
  std::shared_ptr<config::Config> config;
  asio::io_context io{1};
  Store store{};
  History history{};
  Budget budget{{}};
  metrics::SelfMetrics metrics{{}};
  Log log{{}, ::open("/dev/null", O_WRONLY | O_CLOEXEC)};
  int warnings = 0;
  Keeper keeper{{io, store, history, budget, metrics, log, "0.1.0"}};
};

/// A section that holds a number.
Section number(const std::string& name, int& value) {
  return {name, [&value] { return [copy = value] { return nlohmann::json(copy); }; },
          [&value](const nlohmann::json& json) { value = json.at("wrapped").get<int>(); }};
}
Section plain_number(const std::string& name, int& value) {
  auto section = number(name, value);
  section.load = [&value](const nlohmann::json& json) { value = json.get<int>(); };
  return section;
}

std::size_t files_in(const ScratchFolder& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{folder.path()}, {}));
}

std::chrono::nanoseconds cpu_of_this_thread() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

}  // namespace

TEST_CASE("keeper: sections come back; one that is not understood costs itself alone") {
  const ScratchFolder scratch;
  int one = 1;
  int two = 2;
  {
    Home home{scratch};
    REQUIRE(home.load({plain_number("one", one), plain_number("two", two)}));
    home.probe_all();
    home.save();
    CHECK(home.page().find("\nrdpwatch_state_last_save_successful 1\n") != std::string::npos);
  }
  one = two = 0;
  int three = 3;
  Home home{scratch};
  const auto resumed =
      home.load({number("one", one), plain_number("two", two), plain_number("three", three)});
  REQUIRE(resumed);
  CHECK(resumed->size() == 3);
  CHECK(home.store.records()[0].last);
  CHECK(one == 0);
  CHECK(two == 2);
  CHECK(three == 3);
  CHECK(files_in(scratch) == 1);  // set aside, because of "one"
  CHECK_FALSE(std::filesystem::exists(scratch.path("rdpwatch.state")));
}

TEST_CASE("keeper: a section that cannot be saved spoils no older file") {
  const ScratchFolder scratch;
  int value = 7;
  {
    Home home{scratch};
    REQUIRE(home.load({plain_number("one", value)}));
    home.save();
  }
  {
    Home home{scratch};
    auto broken = plain_number("one", value);
    broken.save = [] { return []() -> nlohmann::json { throw std::runtime_error{"a bug"}; }; };
    REQUIRE(home.load({broken}));
    home.save();
    CHECK(home.page().find("\nrdpwatch_state_last_save_successful 0\n") != std::string::npos);
    CHECK(files_in(scratch) == 1);
  }
  value = 0;
  Home home{scratch};
  REQUIRE(home.load({plain_number("one", value)}));
  CHECK(value == 7);
}

TEST_CASE("keeper: what each target showed is handed to the probe threads") {
  const ScratchFolder scratch;
  {
    Home home{scratch};
    REQUIRE(home.load());
    home.probe_all();
    home.store.record(test::failed_report(*home.config->targets[1], 1, Phase::Connect, Cause::Timeout));
    home.save();
  }
  Home home{scratch};
  const auto resumed = home.load();
  REQUIRE(resumed);
  REQUIRE(resumed->size() == 3);
  CHECK((*resumed)[0].id == home.config->targets[0]->id);
  CHECK((*resumed)[0].memory.certificate);
  CHECK_FALSE((*resumed)[0].failed);
  CHECK((*resumed)[1].failed);
  CHECK(home.history.of((*resumed)[0].id).size() == 10);
}

TEST_CASE("keeper: two sections that are not understood end nothing but themselves") {
  const ScratchFolder scratch;
  int one = 1;
  int two = 2;
  {
    Home home{scratch};
    REQUIRE(home.load({plain_number("one", one), plain_number("two", two)}));
    home.save();
  }
  Home home{scratch};
  REQUIRE(home.load({number("one", one), number("two", two)}));
  home.save();
  CHECK(home.page().find("\nrdpwatch_state_last_save_successful 1\n") != std::string::npos);
  CHECK(std::filesystem::exists(scratch.path("rdpwatch.state")));
  CHECK(files_in(scratch) == 2);
  CHECK(home.warnings == 1);
}

TEST_CASE("keeper: a state of a daemon that runs is left to it") {
  const ScratchFolder scratch;
  int value = 7;
  {
    Home first{scratch};
    REQUIRE(first.load({plain_number("one", value)}));
    Home second{scratch};
    const auto refused = second.load({plain_number("one", value)});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().in_use);
    first.save();
  }
  Home third{scratch};
  CHECK(third.load({plain_number("one", value)}));
}

TEST_CASE("keeper: a state that was loaded says no more that its program was stopped") {
  const ScratchFolder scratch;
  {
    Home home{scratch};
    REQUIRE(home.load());
    home.probe_all();
    home.save();
  }
  for (const std::uint64_t runs : {1U, 0U}) {  // killed before it saved
    Home home{scratch};
    REQUIRE(home.load());
    CHECK(home.store.records()[0].last);
    CHECK(home.store.records()[0].runs == runs);
    CHECK(files_in(scratch) == 1);
  }
}

TEST_CASE("keeper: after an abrupt end counters begin anew, and all else goes on, however often") {
  const ScratchFolder scratch;
  TargetRecord before;
  {
    Home home{scratch};
    REQUIRE(home.load());
    home.probe_all();
    home.store.record(test::failed_report(*home.config->targets[1], 1, Phase::Connect, Cause::Timeout));
    before = home.store.records()[1];
    home.save(false);
  }
  for (int life = 0; life < 2; ++life) {
    Home home{scratch};
    REQUIRE(home.load());
    const auto& after = home.store.records()[1];
    CHECK(before.runs == 2);
    CHECK(after.runs == 0);
    CHECK(after.failures == 0);
    CHECK(after.state_changes == 0);
    CHECK(after.consecutive_failures == 1);
    CHECK(after.dns_answer == before.dns_answer);
    CHECK(std::chrono::abs(after.verdict_since - before.verdict_since) < 1us);
    REQUIRE(after.last);
    CHECK(after.last->verdict == Verdict::Failed);
    home.save(false);  // before any probe
  }
}

TEST_CASE("keeper: it saves before its time when it is asked to, also while it saves") {
  const ScratchFolder scratch;
  Home home{scratch};
  Keeper keeper{{home.io, home.store, home.history, home.budget, home.metrics, home.log, "0.1.0", 1h, 1ms}};
  int saves = 0;
  const auto save = [&] {
    ++saves;
    return [] { return nlohmann::json(0); };
  };
  REQUIRE(keeper.load(home.folder, *home.config, {{"counted", save, {}}}));
  keeper.start();
  const auto saved = [&](int count) {
    const auto end = std::chrono::steady_clock::now() + 60s;
    while (saves < count && std::chrono::steady_clock::now() < end) home.io.run_one_for(1s);
    return saves == count;
  };
  CHECK(saved(1));
  keeper.save_soon();
  CHECK(saved(2));
  keeper.stop(true, [&] { home.io.stop(); });
  home.io.run();
}

TEST_CASE("keeper: a large fleet is saved in slices that hold up nobody, and loaded soon") {
  constexpr std::size_t kTargets = 10'000;
  const ScratchFolder scratch;
  std::chrono::nanoseconds longest{0};
  const auto began = std::chrono::steady_clock::now();
  {
    Home home{scratch, kTargets};
    REQUIRE(home.load());
    home.probe_all();
    home.keeper.start();
    home.keeper.stop(true, [&] { home.io.stop(); });
    // Each turn of the loop is one handler: what a request would wait for.
    for (auto before = cpu_of_this_thread(); !home.io.stopped();) {
      home.io.run_one();
      const auto now = cpu_of_this_thread();
      longest = std::max(longest, now - before);
      before = now;
    }
  }
  const auto saved = std::chrono::steady_clock::now();
  Home home{scratch, kTargets};
  const auto ready = std::chrono::steady_clock::now();
  const auto resumed = home.load();
  const auto loaded = std::chrono::steady_clock::now();
  REQUIRE(resumed);
  CHECK(resumed->size() == kTargets);
  CHECK(longest < 20ms);  // of a debug build with sanitizers; 0.3 ms in what is shipped
  CHECK(loaded - ready < 30s);
  const auto milliseconds = [](auto time) { return std::chrono::duration<double, std::milli>{time}.count(); };
  MESSAGE(kTargets << " targets: saved " << milliseconds(saved - began)
                   << " ms with making them, longest slice " << milliseconds(longest) << " ms, loaded "
                   << milliseconds(loaded - ready) << " ms, "
                   << std::filesystem::file_size(scratch.path("rdpwatch.state")) << " bytes");
}
