#include "daemon/history.h"

#include <algorithm>
#include <functional>

#include <doctest/doctest.h>

#include "tests/support/fake_records.h"

using namespace rdpwatch;
using namespace std::chrono_literals;
using rdpwatch::daemon::History;
using rdpwatch::daemon::PastProbe;
using rdpwatch::test::failed_report;
using rdpwatch::test::fake_config;
using rdpwatch::test::healthy_report;

namespace {

/// The past of one target, written by its verdicts.
struct Bench {
  Bench() { history.replace(*config); }
  void pass() { take(healthy_report(target, 1), {}); }
  void fail(std::string_view trace = "connect 10.0.0.1\n") {
    take(failed_report(target, 1, Phase::Connect, Cause::Timeout), trace);
  }
  void take(const std::shared_ptr<ProbeReport>& report, std::string_view trace) {
    report->time = std::chrono::system_clock::time_point{std::chrono::seconds{++probes}};
    history.record(*report, trace, {});
  }
  std::vector<PastProbe> past() const { return history.of(target.id); }

  std::shared_ptr<config::Config> config = fake_config(3);
  const config::Target& target = *config->targets[1];
  History history{};
  int probes = 0;
};

}  // namespace

TEST_CASE("history: a probe leaves its times, its verdict and the worst of it") {
  Bench bench;
  const auto report = healthy_report(bench.target, 7);
  bench.history.record(*report, {}, {});
  REQUIRE(bench.past().size() == 1);
  const auto past = bench.past().front();
  CHECK(past.time == report->time);
  CHECK(past.duration == std::chrono::floor<std::chrono::microseconds>(report->duration));
  CHECK(past.verdict == Verdict::Ok);
  CHECK(past.row == nullptr);
  CHECK(past.failure == nullptr);
  for (const auto& result : report->phases) {
    const auto at = ordinal(result.phase) - 1;
    CHECK(past.took[at] == std::chrono::floor<std::chrono::microseconds>(result.duration));
    CHECK(past.outcomes[at] == result.outcome);
  }
  CHECK(bench.history.of(bench.config->targets[0]->id).empty());
  CHECK(bench.history.of("nobody").empty());
}

TEST_CASE("history: a failure leaves its text; phases that were not reached are skipped") {
  Bench bench;
  bench.fail("connect 10.0.0.1\n");
  const auto past = bench.past().front();
  CHECK(past.verdict == Verdict::Failed);
  CHECK(past.phase == Phase::Connect);
  REQUIRE(past.row != nullptr);
  CHECK(past.row->reason == "tcp_timeout");
  REQUIRE(past.failure != nullptr);
  CHECK(past.failure->trace == "connect 10.0.0.1\n");
  CHECK_FALSE(past.failure->detail.empty());
  CHECK(past.outcomes[ordinal(Phase::Connect) - 1] == Outcome::Failed);
  CHECK(past.outcomes[ordinal(Phase::Nla) - 1] == Outcome::Skipped);
}

TEST_CASE("history: the last ten probes are kept, newest first") {
  Bench bench;
  for (int i = 0; i < 25; ++i) bench.pass();
  const auto past = bench.past();
  REQUIRE(past.size() == 10);
  CHECK(past.front().time.time_since_epoch() == 25s);
  CHECK(past.back().time.time_since_epoch() == 16s);
}

TEST_CASE("history: failures stay longer, the last twenty of them") {
  Bench bench;
  for (int i = 0; i < 5; ++i) bench.fail();
  for (int i = 0; i < 100; ++i) bench.pass();
  CHECK(bench.past().size() == 15);
  for (int i = 0; i < 30; ++i) {
    bench.fail();
    bench.pass();
  }
  const auto past = bench.past();
  CHECK(past.size() == 25);  // the last ten, of which five failed, and fifteen failures before
  CHECK(std::ranges::count(past, Verdict::Failed, &PastProbe::verdict) == 20);
  CHECK(std::ranges::is_sorted(past, std::greater{}, &PastProbe::time));
  for (int i = 0; i < 50; ++i) bench.fail();
  CHECK(bench.past().size() == 20);
}

TEST_CASE("history: failures that read the same share their text") {
  Bench bench;
  bench.fail("connect 10.0.0.1\n");
  bench.pass();
  bench.fail("connect 10.0.0.1\n");
  bench.fail("connect 10.0.0.2\n");
  const auto past = bench.past();
  CHECK(past[3].failure == past[1].failure);
  CHECK(past[0].failure != past[1].failure);
}

TEST_CASE("history: a long trace is cut after a line") {
  Bench bench;
  std::string trace;
  while (trace.size() < 3 * History::kTraceBytes) trace += "another line\n";
  bench.fail(trace);
  const auto& kept = bench.past().front().failure->trace;
  CHECK(kept.size() <= History::kTraceBytes);
  CHECK(History::kTraceBytes - 20 < kept.size());
  CHECK(kept.ends_with("another line\n"));
  bench.fail(std::string(2 * History::kTraceBytes, 'x'));
  CHECK(bench.past().front().failure->trace.empty());
}

TEST_CASE("history: a reload keeps the past of targets that stay") {
  Bench bench;
  bench.fail();
  auto less = *bench.config;
  less.targets.erase(less.targets.begin());
  bench.history.replace(less);
  CHECK(bench.past().size() == 1);
  less.targets.erase(less.targets.begin());
  bench.history.replace(less);
  CHECK(bench.past().empty());
  bench.fail();  // of a target that is gone
  bench.history.replace(*bench.config);
  CHECK(bench.past().empty());
}

TEST_CASE("history: what a target showed is as it was after its last probe") {
  Bench bench;
  TargetMemory memory;
  memory.os_build = "10.0.20348";
  memory.nla_required = true;
  bench.history.record(*healthy_report(bench.target, 1), {}, memory);
  CHECK(bench.history.find(bench.target.id)->memory.os_build == "10.0.20348");
  CHECK(bench.history.find(bench.target.id)->memory.nla_required == true);
  CHECK(bench.history.find("nobody") == nullptr);
}
