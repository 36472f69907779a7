#include <doctest/doctest.h>

#include "probes/path/trace_text.h"
#include "tests/path/fake_path.h"

using namespace rdpwatch::path;
using rdpwatch::test::FakePath;

TEST_CASE("echo trace: routers, then the host, and not one SYN") {
  const auto trace = FakePath{}.trace_by_echo();
  CHECK(trace.end == End::Echoed);
  CHECK(trace.host_hop == 3);
  REQUIRE(trace.hops.size() == 2);
  CHECK(trace.hops[1].address == FakePath::router(2));
  CHECK(trace.syns == 0);
  CHECK(trace.echoes == 3);
  CHECK(says(trace) == "ping reaches the host at hop 3");
  CHECK(suspect(trace).empty());
}

TEST_CASE("echo trace: a host that ignores ping is given up after three hops without a word") {
  const auto trace = FakePath{.pings = false}.trace_by_echo();
  CHECK(trace.end == End::NoEcho);
  CHECK(trace.host_hop == 0);
  CHECK(trace.hops.size() == 2);
  CHECK(trace.echoes == 2 + kMaxSilentHops);
  CHECK(says(trace) == "ping is answered as far as hop 2 (10.0.2.1), and not by the host");
}

TEST_CASE("echo trace: a router that is silent does not hide the host") {
  const auto trace = FakePath{.mute = {1}}.trace_by_echo();
  CHECK(trace.end == End::Echoed);
  REQUIRE(trace.hops.size() == 2);
  CHECK(trace.hops[0].address.empty());
}

TEST_CASE("echo trace: a loop ends, and what may not be asked is not counted") {
  const auto loop = FakePath{.loop = true}.trace_by_echo();
  CHECK(loop.end == End::NoEcho);
  CHECK(loop.echoes == kMaxHops);
  const auto denied = FakePath{.ping_allowed = false}.trace_by_echo();
  CHECK(denied.end == End::Stopped);
  CHECK(denied.echoes == 0);
}
