#include "daemon/shard.h"

#include <future>

#include <doctest/doctest.h>

#include "tests/daemon/fake_engine.h"

using namespace std::chrono_literals;
using namespace rdpwatch;
using namespace rdpwatch::daemon;
using namespace rdpwatch::test;

namespace {

/// A shard with a stand-in for the prober.
struct Bench {
  explicit Bench(config::ConnectionBudget limits = {1'000'000, 120s})
      : budget{limits},
        shard{[this](asio::io_context& io) { return make_fake_engine(io, world); },
              budget,
              100,
              {[this](const FinishedProbe& probe) {
                 happenings.happen("finished");
                 happenings.happen("finished " + probe.report->target);
                 happenings.happen("trace " + probe.trace);
                 if (!probe.lag) happenings.happen("on demand " + probe.report->module);
                 else if (2s < *probe.lag) happenings.happen("late");
               },
               [this](SkipReason reason, std::uint64_t count) {
                 happenings.happen("skipped " + std::string{to_string(reason)}, count);
               },
               [this](const std::string& what) { happenings.happen("crashed " + what); },
               [this](const std::string& target, const PathLook& look) {
                 happenings.happen("looked at " + target + " after " +
                                   std::string{look.row == nullptr ? "" : look.row->reason});
               }}} {
    shard.start();
  }

  void load(std::vector<std::shared_ptr<const config::Target>> targets) {
    shard.replace(std::move(targets), 100);
  }

  std::future<OnDemandAnswer> ask(OnDemandRequest request) {
    auto promise = std::make_shared<std::promise<OnDemandAnswer>>();
    shard.probe_now(std::move(request),
                    [promise](OnDemandAnswer answer) { promise->set_value(std::move(answer)); });
    return promise->get_future();
  }

  std::shared_ptr<FakeWorld> world = std::make_shared<FakeWorld>();
  Happenings happenings{};
  Budget budget;
  Shard shard;
};

OnDemandAnswer get(std::future<OnDemandAnswer> answer) {
  REQUIRE(answer.wait_for(60s) == std::future_status::ready);
  return answer.get();
}

}  // namespace

TEST_CASE("shard: ids of one host:port share a shard, however the host is written") {
  const auto a = fake_target("a", 1s, "RDS01.corp.example");
  const auto b = fake_target("b", 1s, "rds01.corp.example");
  CHECK(shard_of(*a, 8) == shard_of(*b, 8));
  std::array<int, 4> counts{};
  for (int i = 0; i < 4000; ++i)
    ++counts[shard_of(*fake_target("x", 1s, "rds" + std::to_string(i)), counts.size())];
  for (const int count : counts) CHECK((900 < count && count < 1100));
}

TEST_CASE("shard: targets are probed in their rhythm and reported") {
  Bench bench;
  bench.load({fake_target("a"), fake_target("b")});
  CHECK(bench.happenings.wait_for("finished a", 3));
  CHECK(bench.happenings.wait_for("finished b", 3));
  CHECK(bench.world->twice == 0);
  CHECK(bench.happenings.count("late") == 0);
}

TEST_CASE("shard: a probe that fails brings its trace along, one that passes does not") {
  Bench bench;
  bench.load({fake_target("a")});
  CHECK(bench.happenings.wait_for("trace "));
  CHECK(bench.happenings.count("trace climbing\n") == 0);
  bench.world->failing = true;
  CHECK(bench.happenings.wait_for("trace climbing\n"));
}

TEST_CASE("shard: the way to a host that refuses is looked at once, and the schedule does not wait for it") {
  Bench bench;
  bench.world->failing = true;
  bench.world->address = true;
  bench.world->hold_looks = true;
  bench.load({fake_target("a"), fake_target("b")});  // of one address and port
  CHECK(bench.happenings.wait_for("finished a", 3));
  CHECK(bench.world->looks == 1);
  bench.world->hold_looks = false;
  CHECK(bench.happenings.wait_for("finished a", 5));
  CHECK(bench.happenings.count("looked at a after tcp_refused") +
            bench.happenings.count("looked at b after tcp_refused") ==
        1);
  CHECK(bench.world->looks == 1);
  CHECK(bench.budget.counts(ConnectionKind::PathTrace).granted == 1);
}

TEST_CASE("shard: no look where the module wants none, or without an address") {
  Bench bench;
  bench.world->failing = true;
  SUBCASE("no address") { bench.load({fake_target("a")}); }
  SUBCASE("path_trace: false") {
    bench.world->address = true;
    auto module = std::make_shared<config::Module>();
    module->interval = 1s;
    module->path_trace = false;
    auto target = std::make_shared<config::Target>(*fake_target("a"));
    target->module = module;
    bench.load({target});
  }
  CHECK(bench.happenings.wait_for("finished a", 2));
  CHECK(bench.world->looks == 0);
}

TEST_CASE("shard: a stop ends looks and waits for them") {
  Bench bench;
  bench.world->failing = true;
  bench.world->address = true;
  bench.world->hold_looks = true;
  bench.load({fake_target("a")});
  CHECK(bench.happenings.wait_for("finished a", 2));
  REQUIRE(bench.world->looks == 1);
  bench.shard.stop([&bench] { bench.happenings.happen("stopped"); });
  CHECK(bench.happenings.wait_for("stopped"));
  CHECK(bench.happenings.count("looked at a after tcp_refused") == 0);
}

TEST_CASE("shard: a target that stays busy is skipped and counted") {
  Bench bench;
  bench.world->hold = true;
  bench.load({fake_target("a")});
  CHECK(bench.happenings.wait_for("skipped overrun", 2));
  CHECK(bench.world->begun == 1);
  CHECK(bench.shard.in_flight() == 1);
  bench.world->hold = false;
  CHECK(bench.happenings.wait_for("finished a", 2));
}

TEST_CASE("shard: what the budget refuses is skipped, what it only delays is made up for") {
  Bench bench{{2, 2s}};
  bench.load({fake_target("a", 1s)});  // just fits: only the guard of the budget is in the way
  CHECK(bench.happenings.wait_for("finished a", 5));
  CHECK(bench.happenings.count("skipped budget") == 0);
  bench.load({fake_target("a", 1s), fake_target("b", 1s), fake_target("c", 1s), fake_target("d", 1s)});
  CHECK(bench.happenings.wait_for("skipped budget", 4));
}

TEST_CASE("shard: a probe on demand is made once, without touching the schedule") {
  Bench bench;
  bench.load({fake_target("a", 3600s)});
  const auto answer = get(bench.ask({"a", {}, 5s, true}));
  REQUIRE(answer.report);
  CHECK(answer.report->target == "a");
  CHECK(answer.counted);
  CHECK(answer.trace == std::vector<std::string>{"climbing"});
  CHECK(bench.happenings.count("finished") == 1);
  CHECK(bench.happenings.count("on demand default") == 1);
}

TEST_CASE("shard: only the schedule climbs by address beside a name in doubt") {
  Bench bench;
  bench.load({fake_target("a", 3600s)});
  get(bench.ask({"a", {}, 5s, false}));
  CHECK(bench.world->bypassing == 0);
  bench.load({fake_target("b", 1s)});
  CHECK(bench.happenings.wait_for("finished b"));
  CHECK(0 < bench.world->bypassing);
}

TEST_CASE("shard: a target is compared with its past by its own module only") {
  Bench bench;
  bench.shard.set_baseline(24h);
  bench.load({fake_target("a", 3600s)});
  const auto asked = [&](std::shared_ptr<const config::Module> module) {
    get(bench.ask({"a", std::move(module), 5s, false}));
    const std::scoped_lock lock{bench.world->mutex};
    return bench.world->baselines["a"];
  };
  CHECK(asked({}) == 24h);
  auto other = std::make_shared<config::Module>();
  other->name = "other";
  CHECK(asked(other) == 0s);
}

TEST_CASE("shard: a probe on demand counts as a result unless it says nothing about the target") {
  Bench bench;
  bench.load({fake_target("a", 3600s)});
  bench.world->failing = true;
  SUBCASE("a failure of the target's own module counts") {
    CHECK(get(bench.ask({"a", {}, 5s, false})).counted);
    CHECK(bench.happenings.count("finished a") == 1);
  }
  SUBCASE("another module is another question") {
    auto other = std::make_shared<config::Module>();
    other->name = "other";
    CHECK_FALSE(get(bench.ask({"a", other, 5s, false})).counted);
    CHECK(bench.happenings.count("finished") == 0);
  }
  SUBCASE("a failure for want of time is the asker's when the module would have waited longer") {
    bench.world->took = 5000;
    CHECK_FALSE(get(bench.ask({"a", {}, 5s, false})).counted);
    CHECK(bench.happenings.count("finished") == 0);
  }
  SUBCASE("with the module's own patience it is the target's") {
    bench.world->took = 10'000;
    CHECK(get(bench.ask({"a", {}, 10s, false})).counted);
    CHECK(bench.happenings.count("finished a") == 1);
  }
}

TEST_CASE("shard: a probe on demand joins one in flight; another module does not") {
  Bench bench;
  bench.world->hold = true;
  bench.load({fake_target("a", 3600s)});
  auto first = bench.ask({"a", {}, 5s, false});
  auto second = bench.ask({"a", {}, 5s, false});
  auto other = std::make_shared<config::Module>();
  other->name = "other";
  CHECK(get(bench.ask({"a", other, 5s, false})).none == NoProbe::Busy);
  bench.world->hold = false;
  CHECK(get(std::move(first)).counted);
  const auto joined = get(std::move(second));
  CHECK(joined.counted);
  CHECK(joined.report);
  CHECK(bench.world->begun == 1);
  CHECK(bench.happenings.count("finished") == 1);
  CHECK(get(bench.ask({"a", other, 5s, false})).report->module == "other");
}

TEST_CASE("shard: a probe on demand is refused beyond the budget and for unknown targets") {
  Bench bench{{1, 3600s}};
  bench.load({fake_target("a", 3600s)});
  // The one connection is the schedule's.
  CHECK(get(bench.ask({"a", {}, 5s, false})).none == NoProbe::Budget);
  CHECK(get(bench.ask({"nobody", {}, 5s, false})).none == NoProbe::Unknown);
}

TEST_CASE("shard: a probe on demand is refused while as many run as may") {
  Bench bench;
  bench.world->hold = true;
  bench.shard.replace({fake_target("a", 3600s), fake_target("b", 3600s)}, 1);
  auto first = bench.ask({"a", {}, 5s, false});
  CHECK(get(bench.ask({"b", {}, 5s, false})).none == NoProbe::Limit);
  bench.world->hold = false;
  CHECK(get(std::move(first)).report);
}

TEST_CASE("shard: a removed target finishes and is forgotten, also when it comes back meanwhile") {
  Bench bench;
  bench.world->hold = true;
  bench.load({fake_target("a", 3600s), fake_target("b", 3600s)});
  auto asked = bench.ask({"a", {}, 5s, false});
  bench.load({fake_target("b", 3600s)});
  bench.load({fake_target("b", 3600s), fake_target("c", 3600s), fake_target("a", 3600s)});
  bench.load({fake_target("c", 3600s)});
  CHECK_FALSE(get(bench.ask({"a", {}, 5s, false})).report);
  CHECK(bench.shard.in_flight() == 1);
  bench.world->hold = false;
  CHECK(get(std::move(asked)).report);
  CHECK(get(bench.ask({"c", {}, 5s, false})).report);
  CHECK_FALSE(get(bench.ask({"a", {}, 5s, false})).report);  // by now the shard is done with the last one
  CHECK(bench.shard.in_flight() == 0);
}

TEST_CASE("shard: stopping lets running probes finish and starts no others") {
  Bench bench;
  bench.world->hold = true;
  bench.load({fake_target("a"), fake_target("b")});
  CHECK(bench.happenings.wait_for("skipped overrun", 2));
  bench.shard.stop([&] { bench.happenings.happen("stopped"); });
  CHECK(get(bench.ask({"a", {}, 5s, false})).none == NoProbe::Stopping);
  CHECK(bench.happenings.count("stopped") == 0);
  bench.world->hold = false;
  CHECK(bench.happenings.wait_for("stopped"));
  CHECK(bench.happenings.count("finished") == 2);
  CHECK(bench.world->begun == 2);
}

TEST_CASE("shard: aborting cancels, and nothing is published") {
  Bench bench;
  bench.world->hold = true;
  bench.load({fake_target("a")});
  CHECK(bench.happenings.wait_for("skipped overrun"));
  bench.shard.stop([&] { bench.happenings.happen("stopped"); });
  bench.shard.abort();
  CHECK(bench.happenings.wait_for("stopped"));
  CHECK(bench.happenings.count("finished") == 0);
}

TEST_CASE("shard: an exception out of a probe is told, not swallowed") {
  Bench bench;
  bench.world->throwing = true;
  bench.load({fake_target("a")});
  CHECK(bench.happenings.wait_for("crashed a bug"));
}

TEST_CASE("shard: a paused target is probed on demand only, also when it comes after its pause") {
  Bench bench;
  bench.shard.pause({"a", "late"});
  bench.load({fake_target("a"), fake_target("b")});
  CHECK(bench.happenings.wait_for("skipped paused", 2));
  CHECK(bench.happenings.count("finished a") == 0);
  CHECK(bench.happenings.wait_for("finished b", 2));
  CHECK(get(bench.ask({"a", {}, 5s, false})).counted);
  bench.load({fake_target("a"), fake_target("late")});
  CHECK(bench.happenings.wait_for("skipped paused", 6));
  CHECK(bench.happenings.count("finished late") == 0);
  bench.shard.pause({});
  CHECK(bench.happenings.wait_for("finished a", 3));
  CHECK(bench.happenings.wait_for("finished late", 2));
}
