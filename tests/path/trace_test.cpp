#include <doctest/doctest.h>

#include "probes/path/trace_text.h"
#include "tests/path/fake_path.h"

using namespace rdpwatch;
using path::By;
using path::End;
using path::says;
using test::FakePath;
using Fault = FakePath::Fault;

TEST_CASE("trace: a drop at a router or at the host is told by where the answers end") {
  FakePath first{.fault = Fault::Drop, .faulty = 1};
  CHECK(says(first.trace()) ==
        "answers up to hop 1 (10.0.1.1), then silence: the drop is there or behind it; ping gets further, to "
        "10.0.2.1");
  FakePath host{.fault = Fault::Drop, .faulty = 3};
  CHECK(says(host.trace()) ==
        "answers up to hop 2 (10.0.2.1), then silence: the drop is there or behind it; ping reaches the "
        "host, which "
        "is the next hop");
  FakePath mute{.fault = Fault::Drop, .faulty = 3, .pings = false};
  CHECK(says(mute.trace()) ==
        "answers up to hop 2 (10.0.2.1), then silence: the drop is there or behind it; ping gets no further "
        "either");
}

TEST_CASE("trace: after silence one last SYN goes all the way, and no more are sent") {
  FakePath path{.fault = Fault::Drop, .faulty = 1};
  const auto trace = path.trace();
  CHECK(trace.end == End::Silent);
  CHECK(trace.syns == 1 + path::kMaxSilentHops + 1);
  REQUIRE(trace.syns == static_cast<int>(path.syns.size()));
  CHECK(path.syns.back().ttl == 0);
  CHECK(path.syns.back().patience == path::kLastPatience);
  CHECK(trace.echoes == 1);
}

TEST_CASE("trace: routers that say nothing do not hide the host behind them") {
  FakePath path{.routers = 5, .mute = {2, 3, 4, 5}, .open = true};
  const auto trace = path.trace();
  CHECK(trace.end == End::Accepted);
  CHECK(trace.at == 1);
  CHECK(says(trace) == "the host accepts the connection");
}

TEST_CASE("trace: whoever rejects by ICMP is named with its hop") {
  FakePath router{.fault = Fault::Prohibit, .faulty = 1};
  const auto rejected = router.trace();
  CHECK(rejected.by == By::Router);
  CHECK(says(rejected) == "hop 1 (10.0.1.1) answers administratively prohibited");
  FakePath host{.fault = Fault::Prohibit, .faulty = 3};
  CHECK(says(host.trace()) ==
        "the host itself answers administratively prohibited: its own firewall rejects");
  FakePath ours{.fault = Fault::Prohibit, .faulty = 0};
  const auto local = ours.trace();
  CHECK(local.by == By::Us);
  CHECK(local.syns == 1);
  CHECK(says(local) ==
        "local: our own address rejects (administratively prohibited): a firewall on this machine");
}

TEST_CASE("trace: a router that rejects and was silent before gets the hop that the SYN reached") {
  FakePath path{.fault = Fault::Prohibit, .faulty = 1, .mute = {1}};
  CHECK(says(path.trace()) == "hop 2 (10.0.1.1) answers administratively prohibited");
}

TEST_CASE("trace: a reset at a time to live that does not reach the host is not the host's") {
  FakePath path{.fault = Fault::Reset, .faulty = 1};
  const auto trace = path.trace();
  CHECK(trace.end == End::ResetOnTheWay);
  CHECK(trace.at == 1);
  CHECK(trace.syns == 2);
  CHECK(says(trace) == "the reset came from hop 1 (10.0.1.1) or a device right behind it, not from the host");
  FakePath local{.fault = Fault::Reset, .faulty = 0};
  CHECK(says(local.trace()) ==
        "the reset came from this machine or a device right behind it, not from the host");
}

TEST_CASE("trace: a reset by the last router arrives with more time to live than the host's replies") {
  FakePath path{.fault = Fault::Reset, .faulty = 2};
  const auto trace = path.trace();
  CHECK(trace.end == End::ResetOnTheWay);
  CHECK(trace.at == 2);
  REQUIRE(path.syns.size() == 4);
  CHECK(path.syns.back().min_ttl == 63);
}

TEST_CASE("trace: a reset with the time to live of the host's replies is the host's") {
  FakePath path;
  const auto trace = path.trace();
  CHECK(trace.end == End::Refused);
  CHECK(trace.host_hop == 3);
  CHECK(says(trace) ==
        "the reset came from the host at hop 3: nothing listens there, or its own firewall rejects");
  REQUIRE(path.syns.size() == 5);
  CHECK(path.syns[3].min_ttl == 63);
  CHECK(path.syns[4].min_ttl == 62);
}

TEST_CASE("trace: without ping, a reset is not placed, and that is said") {
  FakePath forbidden{.ping_allowed = false};
  const auto trace = forbidden.trace();
  CHECK(trace.end == End::ResetUnplaced);
  CHECK(trace.echoes == 0);
  CHECK(says(trace) ==
        "a reset came at hop 3, from the host or from a device behind hop 2 (10.0.2.1) in its name: ping "
        "could not "
        "tell them apart");
  FakePath filtered{.pings = false};
  CHECK(filtered.trace().end == End::ResetUnplaced);
}

TEST_CASE("trace: a loop is found after two rounds, long before the last hop") {
  FakePath path{.routers = 3, .loop = true};
  const auto trace = path.trace();
  CHECK(trace.end == End::Loop);
  CHECK(trace.syns == 5);
  CHECK(says(trace) == "routing loop: hop 4 (10.0.2.1) and hop 5 (10.0.3.1) send to each other");
}

TEST_CASE("trace: no path is followed for longer than the cap, and SYNs are counted") {
  FakePath path{.routers = 200};
  const auto trace = path.trace();
  CHECK(trace.end == End::TooLong);
  CHECK(trace.syns == path::kMaxHops);
  FakePath silent{.routers = 200, .mute = {29, 30}};
  CHECK(silent.trace().syns <= path::kMaxSyns);
}

TEST_CASE("trace: an error of our own ends it at once") {
  path::Trace machine{"10.0.9.9"};
  machine.begin();
  machine.step({.kind = path::Answer::Kind::LocalError, .error_number = EACCES});
  CHECK(machine.result().end == End::Local);
  CHECK(says(machine.result()) == "local: this machine does not send: Permission denied");
}
