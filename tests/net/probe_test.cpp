#include <algorithm>
#include <exception>
#include <vector>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/co_spawn.hpp>
#include <doctest/doctest.h>

#include "tests/net/climb_fixture.h"
#include "tests/net/scripted_peer.h"

namespace rdpwatch::test {
namespace {

constexpr std::uint32_t kSsl = 1;
constexpr std::uint32_t kHybrid = 2;

Script healthy(std::uint8_t flags = 0x03) {
  return {read(), send(confirm(kHybrid, flags)), tls(), read(), send(challenge()), hold()};
}
Script asked(Bytes answer) { return {read(), send(std::move(answer)), hold()}; }

asio::awaitable<void> keep(Prober& prober, ProbeRequest request, ProbeEnd& into, bool& done) {
  into = (co_await prober.probe(std::move(request))).end;
  done = true;
}

void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

ProbeRequest request_of(const config::Module& module, std::uint16_t port) {
  auto target = std::make_shared<config::Target>();
  target->host = "127.0.0.1";
  target->port = port;
  target->module = std::make_shared<const config::Module>(module);
  return {.target = std::move(target)};
}

}  // namespace

TEST_CASE("probe: a failure is tried again, and passing then is a finding") {
  ClimbFixture fixture;
  fixture.module.retries = 1;
  ScriptedPeer peer{fixture.io, {asked(refusal(2)), healthy()}};
  const auto report = fixture.probe(peer.port()).report;
  CHECK(report->attempts == 2);
  CHECK_FALSE(report->failure);
  CHECK_FALSE(report->context);
  REQUIRE(find(*report, "passed_on_retry") != nullptr);
  CHECK(find(*report, "passed_on_retry")->severity == Severity::Info);
  CHECK(find(*report, "passed_on_retry")->detail.find("nego_tls_not_allowed") != std::string::npos);
}

TEST_CASE("probe: what passes is compared with the target's own past, and remembered") {
  ClimbFixture fixture;
  fixture.remembers = true;
  fixture.baseline = std::chrono::seconds{20};
  // Long ago, and of a host that was a thousand times as quick.
  Baseline past;
  const auto now = std::chrono::system_clock::now();
  for (int ago = 15; 0 < ago; --ago)
    past.add({.round_trip = std::chrono::microseconds{1}, .climb = std::chrono::microseconds{20}},
             now - std::chrono::seconds{ago}, fixture.baseline);
  fixture.memory.baseline = std::make_shared<const Baseline>(past);
  Script slow{read(),
              pause(std::chrono::milliseconds{300}),
              send(confirm(kHybrid, 3)),
              tls(),
              read(),
              send(challenge()),
              hold()};
  ScriptedPeer peer{fixture.io, {slow}};
  CHECK(find(*fixture.probe(peer.port()).report, "tcp_slow") == nullptr);  // one slow probe says nothing
  CHECK(find(*fixture.probe(peer.port()).report, "tcp_slow") == nullptr);
  const auto report = fixture.probe(peer.port()).report;
  REQUIRE(find(*report, "tcp_slow") != nullptr);
  CHECK(find(*report, "tcp_slow")->detail.starts_with("climb 3"));
  CHECK(find(*report, "tcp_slow")->detail.ends_with("most of it in negotiate"));
  CHECK(report->verdict == Verdict::Degraded);
  REQUIRE(report->baseline);
  CHECK(report->baseline->climb->usual == std::chrono::microseconds{20});
  CHECK(fixture.memory.baseline->data().slot != past.data().slot);
  SUBCASE("a failure is neither compared nor remembered") {
    const auto before = fixture.memory.baseline;
    ScriptedPeer refusing{fixture.io, {asked(refusal(2))}};
    CHECK_FALSE(fixture.probe(refusing.port()).report->baseline);
    CHECK(fixture.memory.baseline == before);
  }
  SUBCASE("without a window nothing is kept") {
    fixture.baseline = {};
    const auto before = fixture.memory.baseline;
    CHECK_FALSE(fixture.probe(peer.port()).report->baseline);
    CHECK(fixture.memory.baseline == before);
  }
}

TEST_CASE("probe: passing only on retry becomes a warning when it recurs") {
  ClimbFixture fixture;
  fixture.remembers = true;
  fixture.baseline = std::chrono::hours{24};
  fixture.module.retries = 1;
  ScriptedPeer peer{
      fixture.io,
      {asked(refusal(2)), healthy(), asked(refusal(2)), healthy(), asked(refusal(2)), healthy(), healthy()}};
  fixture.memory.nla_required_asked = std::chrono::steady_clock::now();
  for (const auto severity : {Severity::Info, Severity::Info, Severity::Warning}) {
    const auto report = fixture.probe(peer.port()).report;
    REQUIRE(find(*report, "passed_on_retry") != nullptr);
    CHECK(find(*report, "passed_on_retry")->severity == severity);
  }
  const auto report = fixture.probe(peer.port()).report;
  CHECK(find(*report, "passed_on_retry") == nullptr);
  CHECK(report->baseline->repeats == Repeats{4, 0, 0, 0, 3});
}

TEST_CASE("probe: a failure that stays is reported with the number of tries") {
  ClimbFixture fixture;
  fixture.module.retries = 2;
  ScriptedPeer peer{fixture.io, {asked(refusal(2))}};
  const auto report = fixture.probe(peer.port()).report;
  CHECK(report->attempts == 3);
  CHECK(peer.connections() == 3);
  CHECK(report->failure->row->reason == "nego_tls_not_allowed");
  CHECK(report->failure->code == 2);
  REQUIRE(report->context);
  CHECK(report->context->target_kind == "loopback");
  CHECK(report->context->egress.interface == "lo");
}

TEST_CASE("probe: the connection budget is asked before every connection") {
  ClimbFixture fixture;
  std::vector<ConnectionKind> asked_for;
  std::size_t allowed = 0;
  fixture.permit = [&](const std::string& address, std::uint16_t, ConnectionKind kind) {
    CHECK(address == "127.0.0.1");
    asked_for.push_back(kind);
    return asked_for.size() <= allowed;
  };
  fixture.module.retries = 1;
  ScriptedPeer peer{fixture.io, {asked(refusal(2))}};
  SUBCASE("refused at once: nothing is published, nothing is sent") {
    CHECK(fixture.probe(peer.port()).end == ProbeEnd::Budget);
    CHECK(peer.connections() == 0);
    CHECK(asked_for == std::vector{ConnectionKind::Scheduled});
  }
  SUBCASE("refused for the retry: the first try counts, and says so") {
    allowed = 1;
    const auto report = fixture.probe(peer.port()).report;
    CHECK(report->attempts == 1);
    CHECK(report->failure->detail.find("budget") != std::string::npos);
    REQUIRE(1 < asked_for.size());
    CHECK(asked_for[0] == ConnectionKind::Scheduled);
    CHECK(std::count(asked_for.begin(), asked_for.end(), ConnectionKind::Retry) ==
          static_cast<std::ptrdiff_t>(asked_for.size()) - 1);
    CHECK(peer.connections() == 1);
  }
}

TEST_CASE("probe: a retry waits a little for a connection that is about to leave the budget's window") {
  ClimbFixture fixture;
  int retries_asked = 0;
  fixture.permit = [&](const std::string&, std::uint16_t, ConnectionKind kind) {
    return kind == ConnectionKind::Scheduled || 1 < ++retries_asked;
  };
  fixture.module.retries = 1;
  ScriptedPeer peer{fixture.io, {asked(refusal(2))}};
  CHECK(fixture.probe(peer.port()).report->attempts == 2);
  CHECK(retries_asked == 2);
  CHECK(peer.connections() == 2);
}

TEST_CASE(
    "probe: after an end without an answer the next probe listens first, so the reason stays the same") {
  ClimbFixture fixture;
  fixture.remembers = true;
  fixture.module.retries = 0;
  SUBCASE("a peer that leaves by itself") {
    fixture.memory.ended_unheard = true;
    ScriptedPeer peer{fixture.io, {{fin()}}};
    for (int i = 0; i < 2; ++i) {
      CHECK(fixture.probe(peer.port()).report->failure->row->reason == "tcp_closed_on_accept");
      CHECK(fixture.memory.ended_unheard);
    }
    CHECK(peer.received_plain().empty());
  }
  SUBCASE("and the retry listens too") {
    fixture.module.retries = 1;
    fixture.memory.ended_unheard = true;
    ScriptedPeer peer{fixture.io, {{fin()}}};
    CHECK(fixture.probe(peer.port()).report->failure->row->reason == "tcp_closed_on_accept");
    CHECK(peer.received_plain().empty());
  }
  SUBCASE("a peer that leaves when it is asked") {
    ScriptedPeer peer{fixture.io, {{read(), fin()}}};
    for (int i = 0; i < 2; ++i)
      CHECK(fixture.probe(peer.port()).report->failure->row->reason == "x224_closed");
  }
  SUBCASE("a peer that answers again is not waited for any more") {
    fixture.memory.ended_unheard = true;
    ScriptedPeer peer{fixture.io, {healthy()}};
    CHECK_FALSE(fixture.probe(peer.port()).report->failure);
    CHECK_FALSE(fixture.memory.ended_unheard);
  }
}

TEST_CASE("probe: whether NLA is required is asked once, and only if it may be") {
  ClimbFixture fixture;
  fixture.remembers = true;
  SUBCASE("failure code 5: required") {
    ScriptedPeer peer{fixture.io, {healthy(), asked(refusal(5)), healthy()}};
    CHECK(fixture.probe(peer.port()).report->negotiation->nla_required == true);
    CHECK(peer.connections() == 2);
    CHECK(fixture.probe(peer.port()).report->negotiation->nla_required == true);
    CHECK(peer.connections() == 3);
  }
  SUBCASE("a confirm: not required") {
    ScriptedPeer peer{fixture.io, {healthy(), asked(confirm(kSsl))}};
    CHECK(fixture.probe(peer.port()).report->negotiation->nla_required == false);
  }
  SUBCASE("the budget does not allow it: unknown") {
    fixture.permit = [](const std::string&, std::uint16_t, ConnectionKind kind) {
      return kind != ConnectionKind::AdHoc;
    };
    ScriptedPeer peer{fixture.io, {healthy()}};
    const auto report = fixture.probe(peer.port()).report;
    CHECK_FALSE(report->negotiation->nla_required);
    CHECK_FALSE(fixture.memory.nla_required_asked);
    CHECK(peer.connections() == 1);
  }
  SUBCASE("TLS selected although NLA was offered: not required, at no cost") {
    ScriptedPeer peer{fixture.io, {{read(), send(confirm(kSsl)), tls(), hold()}}};
    CHECK(fixture.probe(peer.port()).report->negotiation->nla_required == false);
    CHECK(peer.connections() == 1);
  }
}

TEST_CASE("probe: what a target showed before is compared with what it shows now") {
  ClimbFixture fixture;
  fixture.remembers = true;
  fixture.memory.nla_required_asked = std::chrono::steady_clock::now();
  fixture.memory.nla_required = true;
  fixture.memory.negotiation_flags = 0x03;
  fixture.memory.os_build = "10.0.14393";
  ScriptedPeer peer{fixture.io, {healthy(0x0B)}};
  const auto report = fixture.probe(peer.port()).report;
  REQUIRE(find(*report, "nego_policy_drift") != nullptr);
  CHECK(find(*report, "nego_policy_drift")->detail.find("restricted admin") != std::string::npos);
  CHECK(find(*report, "os_build_unexpected") != nullptr);
  CHECK(fixture.memory.negotiation_flags == 0x0B);
  CHECK(fixture.memory.os_build == "10.0.16299");
  REQUIRE(fixture.memory.certificate);
  CHECK(fixture.memory.certificate->fingerprint_sha256 == report->tls->certificate->fingerprint_sha256);
  // Seen once, it is known.
  CHECK(find(*fixture.probe(peer.port()).report, "nego_policy_drift") == nullptr);
}

TEST_CASE("probe: a host that stopped requiring NLA is judged by policy like any other finding") {
  ClimbFixture fixture;
  fixture.remembers = true;
  fixture.memory.nla_required = true;
  fixture.memory.negotiation_flags = 0x03;
  fixture.module.policy.severity["cert_name_mismatch"] = config::PolicySeverity::Info;
  const std::string_view seen = "NLA was required, now the host also takes TLS without it";
  SUBCASE("as the taxonomy says: the climb is degraded") {
    ScriptedPeer peer{fixture.io, {healthy(), asked(confirm(kSsl))}};
    const auto report = fixture.probe(peer.port()).report;
    REQUIRE(find(*report, "nego_policy_drift") != nullptr);
    CHECK(find(*report, "nego_policy_drift")->severity == Severity::Warning);
    CHECK(find(*report, "nego_policy_drift")->detail == seen);
    CHECK(report->verdict == Verdict::Degraded);
    CHECK(report->findings.front().row->reason == "nego_policy_drift");  // before what is only an info
    CHECK(report->negotiation->nla_required == false);
  }
  SUBCASE("as an info: the climb is fine") {
    fixture.module.policy.severity["nego_policy_drift"] = config::PolicySeverity::Info;
    ScriptedPeer peer{fixture.io, {healthy(), asked(confirm(kSsl))}};
    const auto report = fixture.probe(peer.port()).report;
    REQUIRE(find(*report, "nego_policy_drift") != nullptr);
    CHECK(find(*report, "nego_policy_drift")->severity == Severity::Info);
    CHECK(report->verdict == Verdict::Ok);
  }
  SUBCASE("as the failure") {
    fixture.module.policy.severity["nego_policy_drift"] = config::PolicySeverity::Failure;
    ScriptedPeer peer{fixture.io, {healthy(), asked(confirm(kSsl))}};
    const auto report = fixture.probe(peer.port()).report;
    REQUIRE(report->failure);
    CHECK(report->failure->row->reason == "nego_policy_drift");
    CHECK(report->verdict == Verdict::Failed);
    CHECK(report->phase == Phase::Negotiate);
    CHECK(outcomes(*report) == "skipped ok failed ok ok");
  }
  SUBCASE("together with another drift: one finding") {
    ScriptedPeer peer{fixture.io, {healthy(0x0B), asked(confirm(kSsl))}};
    const auto report = fixture.probe(peer.port()).report;
    const auto count = std::ranges::count_if(
        report->findings, [](const Finding& finding) { return finding.row->reason == "nego_policy_drift"; });
    CHECK(count == 1);
    const auto& detail = find(*report, "nego_policy_drift")->detail;
    CHECK(detail.find("restricted admin") != std::string::npos);
    CHECK(detail.find(seen) != std::string::npos);
  }
}

TEST_CASE("probe: a clock that is off is a finding by its distance") {
  ClimbFixture fixture;
  ScriptedPeer peer{
      fixture.io,
      {{read(), send(confirm(kHybrid)), tls(), read(), send(challenge(std::chrono::minutes{3})), hold()},
       {read(), send(confirm(kHybrid)), tls(), read(), send(challenge(-std::chrono::minutes{9})), hold()}}};
  auto report = fixture.probe(peer.port()).report;
  REQUIRE(find(*report, "clock_skew") != nullptr);
  CHECK(find(*report, "clock_skew")->severity == Severity::Warning);
  report = fixture.probe(peer.port()).report;
  REQUIRE(find(*report, "clock_skew") != nullptr);
  CHECK(find(*report, "clock_skew")->severity == Severity::Critical);
  CHECK(report->verdict == Verdict::Degraded);
}

TEST_CASE("probe: a policy makes a finding the failure, and keeps what later phases showed") {
  ClimbFixture fixture;
  fixture.module.retries = 1;
  fixture.module.policy.severity["cert_expired"] = config::PolicySeverity::Failure;
  ScriptedPeer peer{fixture.io, {healthy()}, make_certificate({.until = -std::chrono::days{1}})};
  const auto report = fixture.probe(peer.port()).report;
  CHECK(report->verdict == Verdict::Failed);
  REQUIRE(report->failure);
  CHECK(report->failure->row->reason == "cert_expired");
  CHECK(report->phase == Phase::Tls);
  CHECK(outcomes(*report) == "skipped ok ok failed ok");
  CHECK(report->nla);
  CHECK(report->attempts == 1);  // a judgement is not reproduced by asking again
}

TEST_CASE("probe: stop() ends probes at once, and publishes nothing") {
  ClimbFixture fixture;
  ScriptedPeer peer{fixture.io, {{read(), hold()}}};
  ProbeEnd end = ProbeEnd::Finished;
  bool done = false;
  asio::co_spawn(fixture.io, keep(fixture.prober, request_of(fixture.module, peer.port()), end, done),
                 &rethrow);
  while (peer.received_plain().empty()) fixture.io.run_one();
  const auto began = std::chrono::steady_clock::now();
  fixture.prober.stop();
  while (!done) fixture.io.run_one();
  CHECK(end == ProbeEnd::Cancelled);
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::milliseconds{500});
}

TEST_CASE("probe: cancelling its coroutine ends it in every phase") {
  const Script scripts[] = {{read(), hold()},
                            {read(), send(confirm(kHybrid)), read(), hold()},
                            {read(), send(confirm(kHybrid)), tls(), read(), hold()}};
  for (const auto& script : scripts) {
    ClimbFixture fixture;
    ScriptedPeer peer{fixture.io, {script}};
    ProbeEnd end = ProbeEnd::Finished;
    bool done = false;
    asio::cancellation_signal signal;
    asio::co_spawn(fixture.io, keep(fixture.prober, request_of(fixture.module, peer.port()), end, done),
                   asio::bind_cancellation_slot(signal.slot(), &rethrow));
    while (peer.received_plain().empty()) fixture.io.run_one();
    fixture.io.run_for(std::chrono::milliseconds{50});
    signal.emit(asio::cancellation_type::terminal);
    while (!done && fixture.io.run_one() != 0) continue;
    CHECK(end == ProbeEnd::Cancelled);
  }
}

TEST_CASE("probe: no descriptor is left behind, however a climb ends") {
  ClimbFixture fixture;
  fixture.module.timeout = std::chrono::milliseconds{100};
  const std::vector<Script> scripts{healthy(),
                                    {read(), fin()},
                                    {read(), rst()},
                                    {read(), hold()},
                                    {read(), send(confirm(kHybrid)), read(), hold()},
                                    {rst()}};
  std::size_t before = 0;
  for (int round = 0; round < 3; ++round) {
    {
      ScriptedPeer peer{fixture.io, scripts};
      for (std::size_t i = 0; i < scripts.size(); ++i) fixture.probe(peer.port());
    }
    fixture.io.restart();
    fixture.io.run();  // until nothing lingers
    if (round == 0) before = open_descriptors();
  }
  CHECK(open_descriptors() == before);
}

}  // namespace rdpwatch::test
