#include "daemon/store.h"

#include <algorithm>
#include <chrono>

#include <doctest/doctest.h>

#include "daemon/metrics/sample_text.h"
#include "tests/support/fake_records.h"

using namespace rdpwatch;
using rdpwatch::daemon::Store;
namespace metrics = rdpwatch::daemon::metrics;
using rdpwatch::test::failed_report;
using rdpwatch::test::fake_config;
using rdpwatch::test::healthy_report;

namespace {

config::Config without_first(const config::Config& config, std::size_t count) {
  config::Config rest = config;
  rest.targets.erase(rest.targets.begin(), rest.targets.begin() + static_cast<std::ptrdiff_t>(count));
  return rest;
}

}  // namespace

TEST_CASE("store: counters follow the reports of a target") {
  const auto config = fake_config(3);
  const config::Target& target = *config->targets[1];
  Store store;
  store.replace(*config);
  const auto& record = store.records()[1];
  CHECK(record.last == nullptr);

  CHECK(store.record(healthy_report(target, 1)) == &record);  // from pending to ok
  CHECK(store.record(healthy_report(target, 1)) == nullptr);
  CHECK(store.record(failed_report(target, 1, Phase::Connect, Cause::Timeout)) == &record);
  CHECK(store.record(failed_report(target, 1, Phase::Connect, Cause::Timeout)) == nullptr);
  CHECK(record.consecutive_failures == 2);
  CHECK(store.record(failed_report(target, 1, Phase::Connect, Cause::Refused)) == &record);  // another reason
  CHECK(store.record(healthy_report(target, 1)) == &record);

  CHECK(record.runs == 6);
  CHECK(record.failures == 3);
  CHECK(record.state_changes == 2);
  CHECK(record.consecutive_failures == 0);
  CHECK(store.records()[0].runs == 0);
}

TEST_CASE("store: a success and the time of a verdict are those of the probe's end") {
  const auto config = fake_config(1);
  Store store;
  store.replace(*config);
  CHECK(store.records()[0].last_success == std::chrono::system_clock::time_point{});
  const auto report = healthy_report(*config->targets[0], 7);
  store.record(report);
  const auto end =
      report->time + std::chrono::duration_cast<std::chrono::system_clock::duration>(report->duration);
  CHECK(store.records()[0].last_success == end);
  CHECK(store.records()[0].verdict_since == end);

  auto later = healthy_report(*config->targets[0], 7);
  later->time += std::chrono::minutes{1};
  store.record(later);
  CHECK(store.records()[0].last_success == end + std::chrono::minutes{1});
  CHECK(store.records()[0].verdict_since == end);
}

TEST_CASE("store: the report of a target that is gone is ignored") {
  const auto config = fake_config(2);
  Store store;
  store.replace(without_first(*config, 1));
  CHECK(store.record(healthy_report(*config->targets[0], 1)) == nullptr);
  CHECK(store.find(config->targets[0]->id) == nullptr);
  REQUIRE(store.find(config->targets[1]->id) != nullptr);
  CHECK(store.find(config->targets[1]->id)->runs == 0);
}

TEST_CASE("store: only a different set of addresses is a change of the name") {
  const auto config = fake_config(1);
  Store store;
  store.replace(*config);
  const auto answer = [&](std::vector<std::string> addresses) {
    auto report = healthy_report(*config->targets[0], 1);
    report->resolve->addresses = std::move(addresses);
    store.record(report);
    return store.records()[0].dns_changes;
  };
  CHECK(answer({"10.0.0.1", "10.0.0.2"}) == 0);
  CHECK(answer({"10.0.0.2", "10.0.0.1"}) == 0);
  store.record(failed_report(*config->targets[0], 1, Phase::Resolve, Cause::Timeout));  // no answer at all
  CHECK(answer({"10.0.0.1", "10.0.0.2"}) == 0);
  CHECK(answer({"10.0.0.1"}) == 1);
  CHECK(answer({"10.0.0.1", "10.0.0.2"}) == 2);
}

TEST_CASE("store: a reload keeps what stays, drops what went, and adds what is new as pending") {
  const auto config = fake_config(4);
  Store store;
  config::Config before = *config;
  before.targets.pop_back();
  store.replace(before);
  test::probe_all(store, before);
  const auto generation = store.generation();
  store.replace(without_first(*config, 1));

  CHECK(store.generation() == generation + 1);
  REQUIRE(store.records().size() == 3);
  CHECK(store.records()[0].target->id == config->targets[1]->id);
  CHECK(store.records()[0].runs == 1);
  CHECK(store.records()[1].last != nullptr);
  CHECK(store.records()[2].last == nullptr);
  CHECK(std::ranges::is_sorted(store.records(), {}, [](const auto& record) { return record.target->id; }));
}

TEST_CASE("store: a target that changed under its id keeps its counters and shows its new labels") {
  auto config = fake_config(1);
  Store store;
  store.replace(*config);
  test::probe_all(store, *config);
  auto changed = std::make_shared<config::Target>(*config->targets[0]);
  changed->labels = {{"host", "mine"}, {"site", "a\"b"}};
  config->targets[0] = changed;
  store.replace(*config);
  CHECK(store.records()[0].runs == 1);
  const auto families = metrics::catalogue();
  const auto info = std::ranges::find(families, "rdpwatch_target_info", &metrics::Family::name);
  REQUIRE(info != families.end());
  const auto index = static_cast<std::size_t>(info - families.begin());
  CHECK(store.records()[0].samples->lines(index).ends_with(R"(,label_host="mine",site="a\"b"} 1)"
                                                           "\n"));
}

TEST_CASE("store: a look at the way stays with the target, the last of a host that works beside it") {
  const auto config = fake_config(2);
  Store store;
  store.replace(*config);
  const auto look = [](daemon::PathLook made) { return std::make_shared<const daemon::PathLook>(made); };
  const auto& id = config->targets[1]->id;
  REQUIRE(store.set_path(id, look(test::healthy_look())) != nullptr);
  REQUIRE(store.set_path(id, look(test::failed_look())) != nullptr);
  CHECK(store.set_path("nobody", look(test::failed_look())) == nullptr);
  store.replace(*config);
  const auto& record = store.records()[1];
  CHECK(record.path->row == find_reason("tcp_timeout"));
  CHECK(record.path_when_well->row == nullptr);
  CHECK(daemon::look_at_failure(record) == nullptr);  // no probe has failed
  auto report = failed_report(*config->targets[1], 1, Phase::Connect, Cause::Timeout);
  report->time = record.path->time - std::chrono::minutes{1};
  store.record(report);
  CHECK(daemon::look_at_failure(record) == record.path.get());
  store.record(healthy_report(*config->targets[1], 1));
  CHECK(daemon::look_at_failure(record) == nullptr);
}

TEST_CASE("store: a snapshot outlives a reload") {
  const auto config = fake_config(100);
  Store store;
  store.replace(*config);
  test::probe_all(store, *config);
  const auto page = store.snapshot();
  store.replace(without_first(*config, 100));
  CHECK(store.records().empty());
  REQUIRE(page->size() == 100);
  CHECK((*page)[99].last->target == config->targets[99]->id);
}

TEST_CASE("store: a reload that drops 10,000 of 20,000 targets takes a fraction of a second") {
  const auto config = fake_config(20'000);
  Store store;
  store.replace(*config);
  test::probe_all(store, *config);
  const auto begin = std::chrono::steady_clock::now();
  store.replace(without_first(*config, 10'000));
  const auto taken = std::chrono::steady_clock::now() - begin;
  CHECK(store.records().size() == 10'000);
  CHECK(taken < std::chrono::seconds{1});
}

TEST_CASE("store: the summary counts every target once") {
  const auto config = fake_config(3);
  Store store;
  store.replace(*config);
  store.record(healthy_report(*config->targets[0], 1));
  store.record(failed_report(*config->targets[1], 1, Phase::Connect, Cause::Timeout));
  CHECK(store.summary() == "3 targets: 1 ok, 0 degraded, 1 failed, 1 pending");
}

TEST_CASE("store: a pause is shown until the first report after it") {
  const auto config = fake_config(2);
  const config::Target& target = *config->targets[1];
  Store store;
  store.replace(*config);
  store.record(failed_report(target, 1, Phase::Connect, Cause::Timeout));
  const auto& record = store.records()[1];
  const auto samples_before = record.samples;
  daemon::Pause pause{std::chrono::system_clock::time_point{std::chrono::hours{1}}, "patch night", "ann"};
  store.set_pause(1, std::make_shared<const daemon::Pause>(pause));
  CHECK(state_of(record) == "paused");
  CHECK(state_of(store.records()[0]) == "pending");
  CHECK(store.summary() == "2 targets: 0 ok, 0 degraded, 0 failed, 1 pending, 1 paused");
  CHECK(record.samples != samples_before);
  CHECK(record.last->verdict == Verdict::Failed);

  store.record(failed_report(target, 1, Phase::Connect, Cause::Timeout));  // on demand
  CHECK(record.pause);
  store.replace(*fake_config(2));
  CHECK(store.records()[1].pause);

  pause.over = true;
  pause.until = store.records()[1].last->time + std::chrono::seconds{1};
  for (const bool for_the_first_time : {false, true}) {  // after a restart the store never saw it in force
    if (for_the_first_time) store.set_pause(1, nullptr);
    store.set_pause(1, std::make_shared<const daemon::Pause>(pause));
    CHECK(state_of(store.records()[1]) == "paused");
  }
  auto after = healthy_report(target, 1);
  after->time = pause.until;
  store.record(after);
  CHECK(state_of(store.records()[1]) == "ok");
  store.set_pause(1, std::make_shared<const daemon::Pause>(pause));
  CHECK(state_of(store.records()[1]) == "ok");
}

TEST_CASE("store: what is restored leaves a pause as it is") {
  const auto config = fake_config(1);
  const config::Target& target = *config->targets[0];
  Store before;
  before.replace(*config);
  before.record(failed_report(target, 1, Phase::Connect, Cause::Timeout));
  Store after;
  after.replace(*config);
  after.set_pause(0, std::make_shared<const daemon::Pause>());
  after.restore(target.id, before.records()[0]);
  CHECK(after.records()[0].runs == 1);
  CHECK(state_of(after.records()[0]) == "paused");
}

TEST_CASE("store: a suspect verdict is one from a given time on, until the next report") {
  const auto config = fake_config(2);
  Store store;
  store.replace(*config);
  const auto early = healthy_report(*config->targets[0], 0);
  const auto late = healthy_report(*config->targets[1], 1);
  late->time = early->time + std::chrono::minutes{1};
  store.record(early);
  store.record(late);
  store.suspect_since(late->time, std::make_shared<const std::string>("route"));
  CHECK(store.records()[0].suspect == nullptr);
  REQUIRE(store.records()[1].suspect);
  store.replace(*config);
  CHECK(*store.records()[1].suspect == "route");
  store.record(healthy_report(*config->targets[1], 1));
  CHECK(store.records()[1].suspect == nullptr);
}
