#include "daemon/service_manager.h"

#include <cstdlib>
#include <ctime>
#include <memory>
#include <string>

#include <doctest/doctest.h>
#include <unistd.h>

#include "tests/daemon/datagram_box.h"

using namespace std::chrono_literals;
using rdpwatch::daemon::ServiceManager;
using rdpwatch::test::DatagramBox;

namespace {

/// NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID while it lives.
class Environment {
 public:
  Environment(const std::string& socket, const char* microseconds, const std::string& pid) {
    ::setenv("NOTIFY_SOCKET", socket.c_str(), 1);
    ::setenv("WATCHDOG_USEC", microseconds, 1);
    if (!pid.empty()) ::setenv("WATCHDOG_PID", pid.c_str(), 1);
  }
  ~Environment() {
    for (const char* const name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
};

}  // namespace

TEST_CASE("service manager: each message is one datagram of the protocol") {
  const DatagramBox box;
  const ServiceManager manager{box.path(), 30s};
  CHECK(manager.listens());
  CHECK(manager.watchdog() == 30s);
  manager.ready();
  CHECK(box.next() == "READY=1");
  manager.status("3 targets\nREADY=1");
  CHECK(box.next() == "STATUS=3 targets READY=1");
  manager.alive();
  CHECK(box.next() == "WATCHDOG=1");
  manager.stopping();
  CHECK(box.next() == "STOPPING=1");
}

TEST_CASE("service manager: a reload carries the time of the monotonic clock") {
  const DatagramBox box;
  const ServiceManager manager{box.path(), 0s};
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  manager.reloading();
  const auto message = box.next();
  const std::string head = "RELOADING=1\nMONOTONIC_USEC=";
  REQUIRE(message.starts_with(head));
  const auto seconds = std::stoll(message.substr(head.size())) / 1'000'000;
  CHECK(now.tv_sec <= seconds);
  CHECK(seconds <= now.tv_sec + 60);
}

TEST_CASE("service manager: the environment says where it is, and whose the watchdog is") {
  const DatagramBox box;
  {
    const Environment ours{box.path(), "30000000", std::to_string(::getpid())};
    const auto manager = ServiceManager::from_environment();
    CHECK(manager.listens());
    CHECK(manager.watchdog() == 30s);
  }
  {
    const Environment anybody{box.path(), "30000000", ""};
    CHECK(ServiceManager::from_environment().watchdog() == 30s);
  }
  {
    const Environment another{box.path(), "30000000", "1"};
    CHECK(ServiceManager::from_environment().watchdog() == 0s);
  }
  {
    const Environment nonsense{box.path(), "soon", ""};
    CHECK(ServiceManager::from_environment().watchdog() == 0s);
  }
  CHECK_FALSE(ServiceManager::from_environment().listens());
}

TEST_CASE("service manager: nobody there is no error") {
  for (const std::string place : {"", "/nowhere/at/all", "relative", "@", "vsock:1:2"}) {
    CAPTURE(place);
    const ServiceManager manager{place, 30s};
    CHECK_FALSE(manager.listens());
    CHECK(manager.watchdog() == 0s);
    manager.ready();
    manager.alive();
  }
  CHECK_FALSE(ServiceManager{std::string(200, '/'), 30s}.listens());
}

TEST_CASE("service manager: one that goes away is no error") {
  auto box = std::make_unique<DatagramBox>();
  const ServiceManager manager{box->path(), 30s};
  box.reset();
  manager.alive();
  CHECK(manager.listens());
}
