#include <doctest/doctest.h>

#include "tests/daemon/app_bench.h"
#include "tests/daemon/datagram_box.h"
#include "tests/daemon/trap.h"

using namespace std::chrono_literals;
using namespace rdpwatch;
using namespace rdpwatch::daemon;
using rdpwatch::test::AppBench;
using rdpwatch::test::DatagramBox;
using rdpwatch::test::Trap;

namespace {

constexpr auto kList =
    "modules: {default: {interval: 1s, timeout: 500ms, retries: 0}}\n"
    "connection_budget: {connections: 1000, window: 1s}\n"
    "targets: [a.example, b.example]\n";

}  // namespace

TEST_CASE("service: ready comes after the doors, then counts, signs of life, and the end") {
  const DatagramBox box;
  AppBench bench;
  bench.parts.service_manager = std::make_shared<const ServiceManager>(box.path(), 300ms);
  bench.folder.write("rdpwatch.yaml", kList);
  bench.start();
  CHECK(box.next() == "READY=1");
  CHECK(bench.doors_open);
  CHECK(box.next() == "STATUS=2 targets: 0 ok, 0 degraded, 0 failed, 2 pending");
  CHECK(box.next() == "WATCHDOG=1");
  CHECK(box.next() == "WATCHDOG=1");
  bench.app->request_stop();
  CHECK(box.next_with("STOPPING=1") == "STOPPING=1");
  CHECK(box.next().starts_with("STATUS=stopping; 2 targets: "));
  CHECK(bench.end() == 0);
}

TEST_CASE("service: a reload is announced, and over, whether it succeeds or not") {
  const DatagramBox box;
  AppBench bench;
  bench.parts.service_manager = std::make_shared<const ServiceManager>(box.path(), 0s);
  bench.folder.write("rdpwatch.yaml", kList);
  bench.start();
  CHECK(box.next_with("STATUS=2 targets").size() != 0);
  bench.folder.write("rdpwatch.yaml", "targets: [\n");
  CHECK_FALSE(bench.reload().ok);
  CHECK(box.next_with("RELOADING=1\n").size() != 0);
  CHECK(box.next() == "READY=1");
  CHECK(box.next().starts_with("STATUS=configuration refused; 2 targets: "));
  bench.folder.write("rdpwatch.yaml", "targets: [a.example]\n");
  CHECK(bench.reload().ok);
  CHECK(box.next_with("RELOADING=1\n").size() != 0);
  CHECK(box.next() == "READY=1");
  CHECK(box.next().starts_with("STATUS=1 targets: "));
}

TEST_CASE("service: one probe thread that hangs ends the signs of life of the whole daemon") {
  const DatagramBox box;
  const auto world = std::make_shared<test::FakeWorld>();
  Trap trap;
  AppBench bench{trap.engine(world)};
  bench.parts.service_manager = std::make_shared<const ServiceManager>(box.path(), 60ms);
  bench.folder.write("rdpwatch.yaml", kList);
  bench.start();
  CHECK(box.next_with("WATCHDOG=1") == "WATCHDOG=1");
  trap.armed = true;
  REQUIRE(trap.caught.get_future().wait_for(60s) == std::future_status::ready);
  while (box.next(500ms) == "WATCHDOG=1") {  // what was sent or under way before; then nothing for many beats
  }
  CHECK(box.next(500ms).empty());
  CHECK(bench.on_loop([](App&) { return true; }));  // the main loop lives on
  trap.release.set_value();
  CHECK(box.next_with("WATCHDOG=1") == "WATCHDOG=1");
}

TEST_CASE("service: an app without a service manager runs as well") {
  AppBench bench;
  bench.folder.write("rdpwatch.yaml", kList);
  bench.start();
  CHECK(bench.reload().ok);
  bench.app->request_stop();
  CHECK(bench.end() == 0);
}
