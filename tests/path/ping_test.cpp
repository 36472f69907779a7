#include <cerrno>

#include <doctest/doctest.h>

#include "probes/path/ping_tally.h"

using namespace rdpwatch::path;
using namespace std::chrono_literals;

TEST_CASE("ping: round trips and loss are summed up") {
  PingTally tally;
  for (const auto rtt : {4ms, 2ms, 6ms}) tally.add({.kind = Answer::Kind::EchoReply, .rtt = rtt});
  tally.add({});
  CHECK_FALSE(tally.enough());
  tally.add({.kind = Answer::Kind::EchoReply, .rtt = 4ms});
  CHECK(tally.enough());
  const auto& result = tally.result();
  CHECK(result.sent == 5);
  CHECK(result.received == 4);
  CHECK(result.least == 2ms);
  CHECK(result.mean == 4ms);
  CHECK(result.most == 6ms);
  CHECK(loss_percent(result) == 20);
}

TEST_CASE("ping: a host that never answers is asked three times only") {
  PingTally tally;
  int asked = 0;
  for (; !tally.enough(); ++asked) tally.add({});
  CHECK(asked == kSilentPings);
  CHECK(loss_percent(tally.result()) == 100);
}

TEST_CASE("ping: what this process may not ask is neither sent nor lost") {
  PingTally tally;
  tally.add({.kind = Answer::Kind::NotPossible, .why_not = "no ICMP socket"});
  CHECK(tally.enough());
  CHECK(tally.result().sent == 0);
  CHECK(tally.result().why_not == "no ICMP socket");
  CHECK(loss_percent(tally.result()) == 0);
}

TEST_CASE("ping: an error of our own ends it, one of a router is kept") {
  PingTally ours;
  ours.add({.kind = Answer::Kind::LocalError, .error_number = EPERM});
  CHECK(ours.enough());
  CHECK(ours.result().refusal->error_number == EPERM);
  PingTally router;
  router.add({.kind = Answer::Kind::Icmp, .icmp = rdpwatch::net::IcmpError{false, 3, 1, "10.0.0.1"}});
  CHECK_FALSE(router.enough());
  CHECK(router.result().refusal->icmp->from == "10.0.0.1");
}
