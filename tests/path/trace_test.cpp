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
  CHECK(
      says(mute.trace()) ==
      "answers up to hop 2 (10.0.2.1), then silence: the drop is there or behind it; an echo request one hop "
      "further gets no answer either");
}

TEST_CASE("trace: a host on our own link that drops is not blamed on a router that is not there") {
  FakePath link{.routers = 0, .fault = Fault::Drop, .faulty = 1};
  const auto trace = link.trace();
  CHECK(
      says(trace) ==
      "nobody answers, but ping reaches the host, on our own link: the drop is its own firewall, or on this "
      "machine");
  CHECK(path::suspect(trace) == "the host and this machine");
}

TEST_CASE("trace: when nobody on the way says a word, no place is named") {
  FakePath mute{.routers = 3, .fault = Fault::Drop, .faulty = 4, .mute = {1, 2, 3}, .pings = false};
  const auto trace = mute.trace();
  CHECK(says(trace) ==
        "nobody answers on the way, so the drop may be anywhere from this machine to the host; an echo "
        "request one "
        "hop further gets no answer either");
  CHECK(path::suspect(trace).empty());
}

TEST_CASE("trace: a firewall of our own that keeps ping here is looked at first") {
  path::Trace machine{FakePath::kHost};
  auto action = machine.begin();
  while (std::holds_alternative<path::Trace::Syn>(action)) action = machine.step({});
  machine.step({.kind = path::Answer::Kind::LocalError, .error_number = EPERM});
  CHECK(says(machine.result()) ==
        "nobody answers on the way; ping is denied by this machine: Operation not permitted: the drop is "
        "probably "
        "here as well");
  CHECK(path::suspect(machine.result()) == "this machine");
}

TEST_CASE("trace: a drop of our own shows in that pings get an answer of the first hop") {
  FakePath local{.fault = Fault::Drop, .faulty = 0};
  const auto trace = local.trace();
  CHECK(says(trace) ==
        "nobody answers, not even the first hop: the drop is on this machine or at the first hop; ping gets "
        "further, to 10.0.1.1");
  CHECK(path::suspect(trace) == "this machine and the first hop");
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

TEST_CASE("trace: a router that rejects and was silent before is one of two hops") {
  FakePath path{.fault = Fault::Prohibit, .faulty = 1, .mute = {1}};
  const auto trace = path.trace();
  CHECK(says(trace) == "10.0.1.1 (hop 1 or 2), which was silent before, answers administratively prohibited");
  CHECK(path::suspect(trace) == "10.0.1.1");
}

TEST_CASE("trace: who speaks with the host's address on the way is not the host") {
  FakePath path{.routers = 6, .fault = Fault::Prohibit, .faulty = 7, .translated = true};
  const auto rejected = path.trace();
  CHECK(rejected.end == End::Rejected);
  CHECK(rejected.by == By::Unknown);
  CHECK(says(rejected) ==
        "somebody behind hop 6 (10.0.9.9) answers administratively prohibited with the host's address, which "
        "is "
        "translated on the way");
  FakePath open{.routers = 6, .open = true, .translated = true};
  CHECK(says(open.trace()) ==
        "whoever answers for the host's address, which is translated on the way, accepts the connection at "
        "hop 7");
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
  REQUIRE(path.syns.size() == 5);
  CHECK(path.syns[3].min_ttl == 63);
  CHECK(path.syns[4].min_ttl == 65);
}

TEST_CASE("trace: between mute routers a reset on the way has no hop of its own") {
  FakePath path{.routers = 4, .fault = Fault::Reset, .faulty = 2, .mute = {2}};
  CHECK(says(path.trace()) ==
        "the reset came from somewhere between hop 1 (10.0.1.1) and hop 3, not from the host");
  FakePath far{.routers = 5, .fault = Fault::Reset, .faulty = 5, .mute = {2, 3, 4, 5}};
  CHECK(says(far.trace()) ==
        "the reset came from somewhere between hop 1 (10.0.1.1) and the host, not from the host");
}

TEST_CASE("trace: a host that resets with another time to live than it pings with is not taken for another") {
  for (const int reset_ttl : {128, 255, 32}) {
    CAPTURE(reset_ttl);
    FakePath path{.reset_ttl = reset_ttl};
    CHECK(path.trace().end == End::ResetUnplaced);
  }
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
        "a reset came at hop 3, from the host or from a device behind hop 2 (10.0.2.1) in its name: nothing "
        "tells "
        "them apart");
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

TEST_CASE("trace: what was not sent when it is abandoned does not count") {
  path::Trace machine{"10.0.9.9"};
  machine.abandon(machine.begin());
  CHECK(machine.result().end == End::Stopped);
  CHECK(machine.result().syns == 0);
  CHECK(path::suspect(machine.result()).empty());
}

TEST_CASE("trace: an error of our own ends it at once") {
  path::Trace machine{"10.0.9.9"};
  machine.begin();
  machine.step({.kind = path::Answer::Kind::LocalError, .error_number = EACCES});
  CHECK(machine.result().end == End::Local);
  CHECK(says(machine.result()) == "local: this machine does not send: Permission denied");
}
