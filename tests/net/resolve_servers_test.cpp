#include <asio/ip/udp.hpp>
#include <doctest/doctest.h>

#include "tests/net/resolve_fixture.h"

using namespace rdpwatch;
using namespace std::chrono_literals;
using test::DnsServerPeer;
using Fixture = test::ResolveFixture;

namespace {

/// A port of 127.0.0.1 where nothing listens.
std::string closed_port(asio::io_context& io) {
  asio::ip::udp::socket socket{io, {asio::ip::address_v4::loopback(), 0}};
  return "127.0.0.1:" + std::to_string(socket.local_endpoint().port());
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "resolve: a silent AAAA delays a good A by half of its time at most") {
  peer.script("a.test", "A", {.records = {{"a.test", "A", "10.0.0.1"}}});
  peer.script("a.test", "AAAA", {.mute = true});
  const auto result = resolve("a.test", 3s);  // first try: 1 s
  CHECK(result.addresses() == "10.0.0.1");
  CHECK(result.findings(Cause::PartialAddresses) == 1);
  CHECK(result.took < 2500ms);
}

TEST_CASE_FIXTURE(Fixture, "resolve: a mute server is a time-out at the deadline") {
  peer.otherwise.mute = true;
  const auto result = resolve("a.test", 300ms);
  CHECK(result.cause() == Cause::Timeout);
  CHECK(result.detail() == "a.test: name server " + peer.address() + ": no answer within 0.3 s");
  CHECK(result.took >= 290ms);
  CHECK(result.took < 2s);
  CHECK(peer.questions.size() <= 4);  // two tries for each type: no storm
}

TEST_CASE_FIXTURE(Fixture, "resolve: a lost question is asked again within the deadline") {
  peer.script("a.test", {.records = {{"a.test", "A", "10.0.0.1"}}, .mute_first = 1});
  const auto result = resolve("a.test", 300ms);
  CHECK(result.addresses() == "10.0.0.1");
  CHECK((*result.value)->findings.empty());
}

TEST_CASE_FIXTURE(Fixture, "resolve: an answer to the first try counts after the second has left") {
  peer.script("a.test", {.records = {{"a.test", "A", "10.0.0.1"}}, .hold = true});
  peer.on_question = [this] {
    if (peer.questions.size() == 3) peer.release();
  };
  const auto result = resolve("a.test", 300ms);
  CHECK(result.addresses() == "10.0.0.1");
}

TEST_CASE_FIXTURE(Fixture, "resolve: a port where nothing listens is said so, at once") {
  const auto server = closed_port(io);
  const auto result = resolve("a.test", 3s, {server});
  CHECK(result.cause() == Cause::Timeout);
  CHECK(result.detail() == "a.test: name server " + server + ": connection refused");
  CHECK(result.took < 1s);
}

TEST_CASE_FIXTURE(Fixture, "resolve: a broken first server does not hide a good second one") {
  DnsServerPeer good{io};
  good.otherwise.records = {{"a.test", "A", "10.0.0.1", 0}};
  for (const int code : {1, 2, 4, 5}) {
    CAPTURE(code);
    peer.otherwise.code = static_cast<std::uint8_t>(code);
    const auto result = resolve("a.test", 3s, {peer.address(), good.address()});
    CHECK(result.addresses() == "10.0.0.1");
    CHECK(result.took < 500ms);
  }
  peer.otherwise = {.cut_short = true};
  peer.otherwise.records = {{"a.test", "A", "10.0.0.9"}, {"a.test", "AAAA", "2001:db8::9"}};
  CHECK(resolve("a.test", 3s, {peer.address(), good.address()}).addresses() == "10.0.0.1");
  CHECK(resolve("a.test", 3s, {closed_port(io), good.address()}).addresses() == "10.0.0.1");
  peer.otherwise = {.mute = true};
  const auto result = resolve("a.test", 600ms, {peer.address(), good.address()});
  CHECK(result.addresses() == "10.0.0.1");
  CHECK(result.took < 450ms);
}

TEST_CASE_FIXTURE(Fixture, "resolve: when all servers fail the one that answered names the cause") {
  DnsServerPeer second{io};
  peer.otherwise.mute = true;
  second.otherwise.code = 5;
  auto result = resolve("a.test", 600ms, {peer.address(), second.address()});
  CHECK(result.cause() == Cause::DnsRefused);
  CHECK(result.detail() == "a.test: name server " + peer.address() +
                               ": no answer within 0.6 s; name server " + second.address() + ": REFUSED");
  peer.otherwise = {.code = 2};
  result = resolve("a.test", 600ms, {peer.address(), second.address()});
  CHECK(result.cause() == Cause::DnsServerFailure);
  CHECK(result.detail() == "a.test: name server " + peer.address() + ": SERVFAIL; name server " +
                               second.address() + ": REFUSED");
}

TEST_CASE_FIXTURE(Fixture, "resolve: NXDOMAIN of the first server is final") {
  DnsServerPeer second{io};
  peer.otherwise.code = 3;
  CHECK(resolve("a.test", 3s, {peer.address(), second.address()}).cause() == Cause::NameNotFound);
  CHECK(second.questions.empty());
}

TEST_CASE_FIXTURE(Fixture, "resolve: answers that cannot be read are malformed") {
  peer.otherwise = {.records = {{"a.test", "A", "10.0.0.9"}, {"a.test", "AAAA", "2001:db8::9"}},
                    .cut_short = true};
  CHECK(resolve("a.test").cause() == Cause::Malformed);
  peer.otherwise = {.as_question = true};
  CHECK(resolve("a.test").cause() == Cause::Malformed);
}

TEST_CASE_FIXTURE(Fixture, "resolve: an answer with another id is no answer") {
  peer.otherwise = {.records = {{"a.test", "A", "10.0.0.9"}}, .wrong_id = true};
  CHECK(resolve("a.test", 300ms).cause() == Cause::Timeout);
}

TEST_CASE_FIXTURE(Fixture, "resolve: a truncated answer is asked for again over TCP") {
  test::DnsScript script{.truncated = true};
  for (int i = 1; i <= 60; ++i) script.records.push_back({"a.test", "A", "10.0.0." + std::to_string(i)});
  peer.script("a.test", script);
  const auto result = resolve("a.test");
  REQUIRE(result.ok());
  CHECK((*result.value)->addresses.size() == 60);
  CHECK(peer.tcp_questions == 2);
}

TEST_CASE_FIXTURE(Fixture, "resolve: a truncated answer that TCP does not mend is malformed") {
  const auto begins = "a.test: name server " + peer.address() + ": malformed: truncated answer, and ";
  peer.otherwise = {.truncated = true, .close_tcp = true};
  CHECK(resolve("a.test").cause() == Cause::Malformed);
  CHECK(resolve("a.test").detail().starts_with(begins));
  peer.otherwise = {.truncated = true, .mute_tcp = true};
  CHECK(resolve("a.test", 300ms).detail() == begins + "no answer over TCP");
  peer.refuse_tcp();
  const auto result = resolve("a.test");
  CHECK(result.cause() == Cause::Malformed);
  CHECK(result.detail() == begins + "over TCP: connection refused");
}

TEST_CASE_FIXTURE(Fixture, "resolve: a silent server delays no name of another") {
  DnsServerPeer good{io};
  peer.otherwise.mute = true;
  good.otherwise.records = {};
  std::vector<std::shared_ptr<test::Resolution>> silent, all;
  for (int i = 0; i < 300; ++i) silent.push_back(begin("dead" + std::to_string(i) + ".test", 3s));
  for (int i = 0; i < 300; ++i) {
    const auto name = "ok" + std::to_string(i) + ".test";
    good.script(name, {.records = {{name, "A", "10.0.0.1"}}});
    all.push_back(begin(name, 20s, {good.address()}));
  }
  wait(all);
  CHECK(std::ranges::none_of(silent, [](const auto& one) { return one->value.has_value(); }));
  wait(silent);
  for (const auto& one : silent) {
    CHECK(one->cause() == Cause::Timeout);
    CHECK(one->took >= 2900ms);
  }
}

TEST_CASE_FIXTURE(Fixture, "resolve: thousands of names at once overrun nothing") {
  std::vector<std::shared_ptr<test::Resolution>> all;
  for (int i = 0; i < 1500; ++i) {
    const auto name = "ok" + std::to_string(i) + ".test";
    peer.script(name, {.records = {{name, "A", "10.0.0.1"}}});
    all.push_back(begin(name, 30s));
  }
  wait(all);
  CHECK(std::ranges::all_of(all, [](const auto& one) { return one->ok(); }));
  CHECK(peer.questions.size() == 3000);  // none was asked twice: none was lost
}
