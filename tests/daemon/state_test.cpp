#include <limits>

#include <doctest/doctest.h>

#include "daemon/path_json.h"
#include "daemon/report_json.h"
#include "daemon/state/baseline_state.h"
#include "daemon/state/path_state.h"
#include "daemon/state/report_state.h"
#include "daemon/state/snapshot.h"
#include "daemon/state/values.h"
#include "tests/daemon/sample_reports.h"
#include "tests/support/fake_records.h"

using namespace std::chrono_literals;
using namespace rdpwatch;
using namespace rdpwatch::daemon;
using namespace rdpwatch::daemon::state;
using rdpwatch::test::failed_report;
using rdpwatch::test::fake_config;
using rdpwatch::test::healthy_report;

namespace {

/// A few targets after some probes, and what a snapshot makes of them.
struct Bench {
  explicit Bench(std::size_t targets = 3) : config{fake_config(targets)} {
    store.replace(*config);
    history.replace(*config);
    std::size_t seed = 0;
    for (const auto& target : config->targets) {
      take(healthy_report(*target, ++seed), {});
      take(failed_report(*target, seed, Phase::Nla, Cause::Closed), "connect 10.0.0.1\n");
      take(failed_report(*target, seed, Phase::Nla, Cause::Closed), "connect 10.0.0.1\n");
      if (seed % 2 == 0) take(healthy_report(*target, seed), {});
    }
  }
  void take(const std::shared_ptr<ProbeReport>& report, std::string_view trace) {
    if (report->tls) memory.certificate = report->tls->certificate;
    memory.negotiation_flags = 0x1f;
    memory.nla_required = true;
    memory.nla_required_asked = now.steady - 90s;
    memory.os_build = "10.0.20348";
    memory.good_address = "10.0.0.1";
    Baseline baseline;
    for (int i = 0; i < 30; ++i)
      baseline.add({800us, 4ms, i % 2 == 0, i % 3 == 0, i % 5 == 0}, now.wall - 24h + i * 45min, 24h);
    memory.baseline = std::make_shared<const Baseline>(baseline);
    memory.ended_unheard = report->verdict == Verdict::Failed;
    history.record(*report, trace, memory);
    store.record(report);
  }
  TargetState state(std::size_t at) const {
    const auto& record = store.records()[at];
    const auto* const past = history.find(record.target->id);
    return {record.target->id, record, past->probes, past->memory};
  }
  std::string text(bool stopped = true) const {
    std::string lines = header_line({"0.1.0", now.wall - 30s, stopped});
    for (std::size_t i = 0; i < store.records().size(); ++i) lines += line_of(to_json(state(i), now));
    lines += endpoint_line({"10.0.0.1",
                            3389,
                            {{now.steady - 100s, true}, {now.steady - 98s, false}},
                            {{0xFEDCBA9876543210, 60s, now.steady - 98s, now.steady - 100s}}},
                           now);
    lines += line_of({{"section", "pauses"}, {"state", {{"until", 12}}}});
    return closed(lines);
  }
  static std::string closed(std::string lines) {
    Tally tally;
    tally.add(lines);
    return lines + tally.last_line();
  }
  std::expected<Contents, Unreadable> read(std::string_view text) const {
    return read_snapshot(text, now, [&](std::string_view id) { return config->find(id) != nullptr; });
  }

  std::shared_ptr<config::Config> config;
  Clocks now{std::chrono::sys_days{2027y / 1 / 2}, std::chrono::steady_clock::time_point{5000s}};
  Store store{};
  History history{};
  TargetMemory memory{};
};

}  // namespace

TEST_CASE("state: the way to a target is kept, and when it was traced counts on") {
  Bench bench;
  const auto& id = bench.config->targets[0]->id;
  for (const auto& look : {test::healthy_look(), test::failed_look()})
    bench.store.set_path(id, std::make_shared<const PathLook>(look));
  const auto contents = bench.read(bench.text());
  REQUIRE(contents);
  const auto& record = contents->targets.at(0).record;
  REQUIRE(record.path);
  REQUIRE(record.path_when_well);
  CHECK(to_json(*record.path, record.path_when_well.get()) ==
        to_json(test::failed_look(), bench.store.records()[0].path_when_well.get()));
  CHECK(contents->targets.at(1).record.path == nullptr);

  const auto line = endpoint_line({"10.0.0.2", 3389, {}, {}, bench.now.steady - 60s}, bench.now);
  const auto again = bench.read(Bench::closed(header_line({"0.1.0", bench.now.wall, true}) + line));
  REQUIRE(again);
  CHECK(again->endpoints.at(0).traced == bench.now.steady - 60s);
}

TEST_CASE("state: the context of a failure and the last good probe are kept") {
  Bench bench;
  const auto& target = *bench.config->targets[0];
  auto report = failed_report(target, 1, Phase::Connect, Cause::Timeout);
  path::Context context{.egress = {.address = "10.1.1.9", .gateway = "10.1.1.1", .route = "default"},
                        .target_kind = "private"};
  context.egress.default_route = true;
  report->context = std::make_shared<const path::Context>(context);
  bench.take(report, {});
  const auto contents = bench.read(bench.text());
  REQUIRE(contents);
  const auto& record = contents->targets.at(0).record;
  REQUIRE(record.last_good);
  CHECK(rdpwatch::daemon::to_json(*record.last).dump() == rdpwatch::daemon::to_json(*report).dump());
  CHECK(record.last_good->verdict == Verdict::Ok);
  CHECK(contents->targets.at(1).record.last_good == contents->targets.at(1).record.last);
}

TEST_CASE("state: a way that contradicts itself costs its target alone") {
  const Bench bench;
  auto json = to_json(bench.state(0), bench.now);
  auto look = path_to_json(test::failed_look());
  look["trace"]["end"] = 4;  // rejected, by nobody
  json["path"] = look;
  const auto contents =
      bench.read(Bench::closed(header_line({"0.1.0", bench.now.wall, true}) + line_of(json)));
  REQUIRE(contents);
  CHECK(contents->targets.empty());
  CHECK(contents->unread == 1);
}

TEST_CASE("state: what is kept of a target comes back whole") {
  const Bench bench;
  const auto contents = bench.read(bench.text());
  REQUIRE(contents);
  CHECK(contents->unread == 0);
  REQUIRE(contents->targets.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto before = bench.state(i);
    const auto& after = contents->targets[i];
    CAPTURE(before.id);
    CHECK(after.id == before.id);
    CHECK(to_json(after, bench.now) == to_json(before, bench.now));
    CHECK(daemon::to_json(*after.record.last) == daemon::to_json(*before.record.last));
    CHECK(evidence_json(*after.record.last) == evidence_json(*before.record.last));
    CHECK(after.record.runs == before.record.runs);
    CHECK(after.record.failures == 2);
    CHECK(after.record.state_changes == before.record.state_changes);
    CHECK(after.record.consecutive_failures == before.record.consecutive_failures);
    CHECK(after.record.dns_answer == before.record.dns_answer);
    CHECK(before.record.verdict_since - after.record.verdict_since < 1us);
    CHECK(before.record.last_success - after.record.last_success < 1us);
    CHECK(after.record.last_success <= before.record.last_success);
    CHECK(after.memory.nla_required_asked == before.memory.nla_required_asked);
    CHECK(after.memory.good_address == "10.0.0.1");
    REQUIRE(after.memory.baseline);
    CHECK(after.memory.baseline->data() == before.memory.baseline->data());
    CHECK(after.memory.baseline->climb());
    REQUIRE(after.probes.size() == before.probes.size());
    CHECK(after.probes[1].failure == after.probes[2].failure);
    CHECK(*after.probes[1].failure == *before.probes[1].failure);
    CHECK(after.probes[0].took == before.probes[0].took);
    CHECK(after.probes[0].outcomes == before.probes[0].outcomes);
    CHECK(after.probes[1].row == before.probes[1].row);
    CHECK(after.probes[1].phase == Phase::Nla);
    if (after.record.last->tls) CHECK(after.record.last->tls->certificate == after.memory.certificate);
  }
}

TEST_CASE("state: reports with all that can be in them come back whole") {
  const auto now = Clocks::now();
  for (const auto& report :
       {test::failed_report(), test::degraded_report(), test::healthy_report(), test::unresolved_report()}) {
    const auto again = report_from(report_to_json(report, nullptr), report.target, nullptr,
                                   {std::max(now.wall, report.time), now.steady});
    CHECK(daemon::to_json(*again) == daemon::to_json(report));
    CHECK(evidence_json(*again) == evidence_json(report));
    CHECK(again->decisive_row() == report.decisive_row());
    CHECK(again->phase_reached == report.phase_reached);
  }
}

TEST_CASE("state: a baseline that cannot be one is not taken") {
  Baseline baseline;
  baseline.add({}, std::chrono::sys_days{2027y / 1 / 2}, 24h);
  const auto good = baseline_to_json(baseline);
  CHECK(baseline_from(good).data() == baseline.data());
  for (const char* wrong :
       {R"({"slot":-1})", R"({"slot_seconds":-3})", R"({"round_trip":{"slots":[1],"recent":[1]}})",
        R"({"climb":{"slots":[],"recent":[]}})", R"({"repeats":[21,0,0,0]})",
        R"({"repeats":[1,1048576,0,0]})", R"({"repeats":[1,0]})"}) {
    CAPTURE(wrong);
    auto bad = good;
    bad.update(Json::parse(wrong));
    CHECK_THROWS_AS(baseline_from(bad), std::exception);
  }
  CHECK_THROWS_AS(comparison_from(Json::parse(R"({"repeats":[1,0,0,0,0],"climb":[1,0,0]})")), std::exception);
}

TEST_CASE("state: the rest of a snapshot comes back as well") {
  const Bench bench;
  const auto contents = bench.read(bench.text(false));
  REQUIRE(contents);
  CHECK(contents->header.release == "0.1.0");
  CHECK(contents->header.saved == bench.now.wall - 30s);
  CHECK_FALSE(contents->header.stopped);
  REQUIRE(contents->endpoints.size() == 1);
  const auto& endpoint = contents->endpoints[0];
  CHECK(endpoint.address == "10.0.0.1");
  CHECK(endpoint.port == 3389);
  REQUIRE(endpoint.uses.size() == 2);
  CHECK(endpoint.uses[0].time == bench.now.steady - 100s);
  CHECK(endpoint.uses[0].scheduled);
  CHECK_FALSE(endpoint.uses[1].scheduled);
  REQUIRE(endpoint.claims.size() == 1);
  CHECK(endpoint.claims[0].target == 0xFEDCBA9876543210);
  CHECK(endpoint.claims[0].interval == 60s);
  CHECK(endpoint.claims[0].seen == bench.now.steady - 98s);
  CHECK(endpoint.claims[0].slot == bench.now.steady - 100s);
  CHECK(contents->sections.at("pauses").at("until") == 12);
}

TEST_CASE("state: a target that is not wanted any more is left out") {
  const Bench bench;
  const auto contents = read_snapshot(
      bench.text(), bench.now, [&](std::string_view id) { return id == bench.config->targets[1]->id; });
  REQUIRE(contents);
  REQUIRE(contents->targets.size() == 1);
  CHECK(contents->unread == 0);
}

TEST_CASE("state: however a file is cut short, it is not taken") {
  const Bench bench{1};
  const auto text = bench.text();
  REQUIRE(bench.read(text));
  for (std::size_t size = 0; size < text.size(); ++size) {
    CAPTURE(size);
    const auto contents = bench.read(text.substr(0, size));
    REQUIRE_FALSE(contents);
    CHECK(contents.error().newer == 0);
    CHECK_FALSE(contents.error().why.empty());
  }
  CHECK_FALSE(bench.read(text + "\n"));
  CHECK_FALSE(bench.read(text + text));
}

TEST_CASE("state: a changed byte anywhere is noticed") {
  const Bench bench{1};
  const auto text = bench.text();
  for (std::size_t at = 0; at < text.size(); ++at) {
    CAPTURE(at);
    auto changed = text;
    changed[at] = changed[at] == '7' ? '8' : '7';
    const auto contents = bench.read(changed);
    CHECK_FALSE(contents);
  }
}

TEST_CASE("state: what is not of rdpwatch is told from what is broken") {
  const Bench bench;
  const auto why = [&](std::string_view text) { return bench.read(text).error().why; };
  CHECK(why("") == "it is empty");
  CHECK(why("{\"version\": 3}\n") == "it is not of rdpwatch");
  CHECK(why("modules: {}\n") == "it is not of rdpwatch");
  CHECK(why(std::string(5000, '\0')) == "it is not of rdpwatch");
  CHECK(why("[]\n") == "it is not of rdpwatch");
  CHECK(why("{\"rdpwatch_state\":\"1\"}\n") == "its first line is broken");
  CHECK(why("{\"rdpwatch_state\":0}\n") == "its version is not one of rdpwatch");
  CHECK(why("{\"rdpwatch_state\":1,\"saved\":0}\n") == "it ends after its first line");
  CHECK(why("{\"rdpwatch_state\":1,\"saved\":0}\n{}\n") == "its end is missing");
  CHECK(why(std::string(100'000, '[')) == "it is not of rdpwatch");
}

TEST_CASE("state: a newer form is named with the release that wrote it, whatever follows") {
  const Bench bench;
  const auto contents = bench.read("{\"rdpwatch_state\":2,\"release\":\"9.1.0\"}\nwho knows");
  REQUIRE_FALSE(contents);
  CHECK(contents.error().newer == 2);
  CHECK(contents.error().release == "9.1.0");
}

TEST_CASE("state: a line that is not understood costs itself alone") {
  const Bench bench;
  const auto good = line_of(to_json(bench.state(0), bench.now));
  auto spoilt = to_json(bench.state(1), bench.now);
  const auto lines = [&](const std::string& more) {
    return Bench::closed(header_line({"0.1.0", bench.now.wall, true}) + good + more);
  };
  const auto unread = [&](const std::string& more) {
    const auto contents = bench.read(lines(more));
    REQUIRE(contents);
    CHECK(contents->targets.size() == 1);
    return contents->unread;
  };
  CHECK(unread("") == 0);
  CHECK(unread("{\"future\":1}\n") == 1);
  CHECK(unread("not json\n\n") == 2);
  for (const auto& [path, value] : std::vector<std::pair<std::string, Json>>{
           {"/runs", -1},
           {"/runs", "many"},
           {"/since", 9e18},
           {"/since", std::numeric_limits<std::int64_t>::max()},
           {"/consecutive_failures", 1LL << 40},
           {"/report/port", 70'000},
           {"/report/verdict", "splendid"},
           {"/report/verdict", "degraded"},
           {"/report/phase", "attic"},
           {"/report/reached", 77},
           {"/report/duration", -5},
           {"/report/tls/certificate", {{"sha256", "ab"}}},
           {"/certificate/validity/1", std::numeric_limits<std::int64_t>::min()},
           {"/probes/0/3", 3},
           {"/probes/0/4", 0},
           {"/probes/0/6", 0},
           {"/probes/1/6", 9},
           {"/probes/1", nullptr}}) {
    CAPTURE(path);
    auto one = spoilt;
    one[Json::json_pointer{path}] = value;
    CHECK(unread(line_of(one)) == 1);
  }
}

TEST_CASE("state: a reason of another release costs the probe that had it, not the target") {
  const Bench bench;
  auto json = to_json(bench.state(0), bench.now);
  json["report"]["failure"]["reason"] = "bad_mood";
  json["probes"][1][5] = "bad_mood";
  const auto contents =
      bench.read(Bench::closed(header_line({"0.1.0", bench.now.wall, true}) + line_of(json)));
  REQUIRE(contents);
  CHECK(contents->unread == 0);
  REQUIRE(contents->targets.size() == 1);
  const auto& target = contents->targets[0];
  CHECK_FALSE(target.record.last);
  CHECK(target.record.runs == 3);
  CHECK(target.record.consecutive_failures == 2);
  CHECK(target.memory.certificate);
  REQUIRE(target.probes.size() == 2);
  CHECK(target.probes[1].failure);
}

TEST_CASE("state: times of the future are not believed") {
  const Bench bench;
  auto early = bench.now;
  early.wall = std::chrono::sys_days{2020y / 1 / 1};  // the clock was set back, or the machine has none
  const auto contents = read_snapshot(bench.text(), early, [](std::string_view) { return true; });
  REQUIRE(contents);
  CHECK(contents->header.saved == early.wall);
  CHECK(contents->targets[0].record.last->time == early.wall);
  CHECK(contents->targets[0].record.verdict_since == early.wall);
  CHECK(contents->targets[0].probes[0].time == early.wall);
  CHECK(contents->targets[0].memory.nla_required_asked == early.steady);
  CHECK(contents->endpoints[0].uses[0].time == early.steady);
}
