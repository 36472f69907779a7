#include <asio/steady_timer.hpp>
#include <doctest/doctest.h>

#include "tests/net/resolve_fixture.h"

using namespace rdpwatch;
using namespace std::chrono_literals;
using test::DnsServerPeer;
using Fixture = test::ResolveFixture;

TEST_CASE_FIXTURE(Fixture, "resolve: an answer is shared for its TTL, a TTL of zero is not") {
  peer.script("a.test", {.records = {{"a.test", "A", "10.0.0.1", 60}}});
  peer.script("b.test", {.records = {{"b.test", "A", "10.0.0.2", 0}}});
  CHECK_FALSE((*resolve("a.test").value)->from_cache);
  const auto again = resolve("A.Test");
  CHECK((*again.value)->from_cache);
  CHECK((*again.value)->ttl <= 60s);
  CHECK(peer.questions.size() == 2);
  resolve("b.test");
  CHECK_FALSE((*resolve("b.test").value)->from_cache);
  CHECK(peer.questions.size() == 6);
}

TEST_CASE_FIXTURE(Fixture, "resolve: the cache is per server set, and bounded") {
  DnsServerPeer other{io};
  peer.otherwise.records = {{"a.test", "A", "10.0.0.1"}};
  other.otherwise.records = {{"a.test", "A", "10.0.0.2"}};
  make(1);
  CHECK(resolve("a.test").addresses() == "10.0.0.1");
  CHECK(resolve("a.test", 3s, {other.address()}).addresses() == "10.0.0.2");
  CHECK_FALSE((*resolve("a.test").value)->from_cache);  // one entry only: the other one took its place
}

TEST_CASE_FIXTURE(Fixture, "resolve: an answer lives for no longer than its TTL") {
  peer.script("a.test", {.records = {{"a.test", "A", "10.0.0.1", 1}}});
  const auto first = resolve("a.test");
  CHECK((*resolve("a.test").value)->from_cache);
  asio::steady_timer life{io, 1050ms};
  bool over = false;
  life.async_wait([&](asio::error_code) { over = true; });
  while (!over) io.run_one();
  CHECK_FALSE((*resolve("a.test").value)->from_cache);
}

TEST_CASE_FIXTURE(Fixture, "resolve: failures are asked again") {
  peer.script("a.test", {.code = 3});
  CHECK(resolve("a.test").cause() == Cause::NameNotFound);
  peer.script("a.test", {.records = {{"a.test", "A", "10.0.0.1"}}});
  CHECK(resolve("a.test").addresses() == "10.0.0.1");
}

TEST_CASE_FIXTURE(Fixture, "resolve: requests for one name share its questions, each with its own deadline") {
  peer.script("a.test", {.records = {{"a.test", "A", "10.0.0.1"}}, .hold = true});
  const auto patient = begin("a.test", 5s);
  const auto hasty = begin("a.test", 50ms);
  wait({hasty});
  CHECK(hasty->cause() == Cause::Timeout);
  CHECK_FALSE(patient->value.has_value());
  peer.release();
  wait({patient});
  CHECK(patient->addresses() == "10.0.0.1");
  CHECK(peer.questions.size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "resolve: who joins a look-up that gives up early asks again") {
  peer.script("a.test", {.mute = true});
  const auto hasty = begin("a.test", 300ms);
  const auto patient = begin("a.test", 3s);
  wait({hasty});
  CHECK(hasty->cause() == Cause::Timeout);
  peer.script("a.test", {.records = {{"a.test", "A", "10.0.0.1"}}});
  wait({patient});
  CHECK(patient->addresses() == "10.0.0.1");
}

TEST_CASE_FIXTURE(Fixture, "resolve: a changed resolv.conf forgets what was learnt before") {
  peer.otherwise.code = 3;
  peer.script("rds01.one.test", {.records = {{"rds01.one.test", "A", "10.0.0.1"}}});
  peer.script("rds01.two.test", {.records = {{"rds01.two.test", "A", "10.0.0.2"}}});
  write("resolv.conf", "nameserver 127.0.0.1\nsearch one.test\n");
  CHECK(resolve("rds01").addresses() == "10.0.0.1");
  write("resolv.conf", "nameserver 127.0.0.1\nsearch two.test  \n");
  CHECK(resolve("rds01").addresses() == "10.0.0.2");
}

TEST_CASE_FIXTURE(Fixture, "resolve: stop ends what runs and what comes") {
  peer.otherwise.mute = true;
  const auto one = begin("a.test"), two = begin("b.test");
  while (peer.questions.size() < 4) io.run_one();
  resolver->stop();
  wait({one, two});
  CHECK(one->cause() == Cause::Unclassified);
  CHECK(one->took < 1s);
  CHECK(resolve("c.test").cause() == Cause::Unclassified);
}

TEST_CASE_FIXTURE(Fixture, "resolve: requests outlive their resolver, and answers the requests") {
  peer.otherwise = {.hold = true};
  const auto one = begin("a.test"), two = begin("b.test");
  while (peer.questions.size() < 4) io.run_one();
  peer.release();  // on their way while the resolver goes
  resolver.reset();
  wait({one, two});
  CHECK(one->cause() == Cause::Unclassified);
  CHECK(two->cause() == Cause::Unclassified);
  io.poll();
}

TEST_CASE("resolve: an event loop that ends with requests under way frees them") {
  auto fixture = std::make_unique<Fixture>();
  fixture->peer.otherwise.mute = true;
  const auto one = fixture->begin("a.test");
  while (fixture->peer.questions.size() < 2) fixture->io.run_one();
  fixture.reset();
  CHECK_FALSE(one->value.has_value());
}
