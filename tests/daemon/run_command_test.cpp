#include <csignal>
#include <string>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/http_client.h"
#include "tests/support/running_program.h"
#include "tests/support/scratch_folder.h"

using namespace rdpwatch::test;

namespace {

/// A socket on a port of 127.0.0.1 of its own: one that listens takes connections and never answers.
class Place {
 public:
  enum class Kind { Bound, Listening };
  explicit Place(Kind kind) : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(socket_, generic, size) == 0);
    REQUIRE(::getsockname(socket_, generic, &size) == 0);
    if (kind == Kind::Listening) REQUIRE(::listen(socket_, 8) == 0);
    port_ = ntohs(address.sin_port);
  }
  ~Place() { ::close(socket_); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  std::string endpoint() const { return "127.0.0.1:" + std::to_string(port_); }

  /// Takes a connection and waits until its first bytes are there; -1 when none comes.
  int accept_and_hear() const {
    const int peer = becomes_readable(socket_) ? ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC) : -1;
    char chunk[512];
    return peer != -1 && becomes_readable(peer) && 0 < ::recv(peer, chunk, sizeof chunk, 0) ? peer : -1;
  }

  static bool becomes_readable(int socket) {
    pollfd one{socket, POLLIN, 0};
    return ::poll(&one, 1, 60'000) == 1;
  }

 private:
  int socket_;
  std::uint16_t port_ = 0;
};

/// A daemon over rdpwatch.yaml of a folder, on a port that the system chose.
class Daemon {
 public:
  explicit Daemon(const ScratchFolder& folder, std::vector<std::string> more = {})
      : program{command(folder, std::move(more))} {}

  /// Waits until it serves; the port.
  std::uint16_t port() {
    constexpr std::string_view kBefore = "address=127.0.0.1:";
    REQUIRE(program.says(" listening "));
    const auto at = program.err().find(kBefore);
    REQUIRE(at != std::string::npos);
    return static_cast<std::uint16_t>(std::stoi(program.err().substr(at + kBefore.size())));
  }

  RunningProgram program;

 private:
  static std::vector<std::string> command(const ScratchFolder& folder, std::vector<std::string> more) {
    std::vector<std::string> words{RDPWATCH_BINARY, "run", "--config", folder.path("rdpwatch.yaml")};
    if (more.empty()) more = {"--web.listen-address", "127.0.0.1:0"};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  }
};

/// One target that nothing answers for, probed once an hour.
std::string list_of(const std::string& id, const std::string& endpoint) {
  return "modules: {default: {interval: 1h, retries: 0}}\ntargets: [{id: " + id + ", host: \"" + endpoint +
         "\"}]\n";
}

std::string ids(std::uint16_t port) {
  std::string out;
  for (const auto& target : nlohmann::json::parse(http_get(port, "/sd").body))
    out += target["targets"][0].get<std::string>() + " ";
  return out;
}

}  // namespace

TEST_CASE("run: an invalid configuration ends with 78 and all that is wrong with it") {
  const ScratchFolder folder;
  folder.write("rdpwatch.yaml", "listne: []\nmodules: {default: {interval: 5}}\ntargets: [{hots: x}]\n");
  Daemon daemon{folder};
  CHECK(daemon.program.end() == 78);
  const auto& said = daemon.program.err();
  CHECK(said.find("rdpwatch.yaml:1:1: error: unknown key \"listne\"") != std::string::npos);
  CHECK(said.find("rdpwatch.yaml:2:") != std::string::npos);
  CHECK(said.find("unknown key \"hots\"") != std::string::npos);
  CHECK(said.find(" listening ") == std::string::npos);
  CHECK(daemon.program.out().empty());
}

TEST_CASE("run: a file that is not there, or is none, ends with 78 and its name") {
  const ScratchFolder folder;
  SUBCASE("missing") {
    Daemon daemon{folder};
    CHECK(daemon.program.end() == 78);
    CHECK(daemon.program.err().find("rdpwatch.yaml: error: no such file") != std::string::npos);
  }
  SUBCASE("a folder") {
    std::filesystem::create_directory(folder.path("rdpwatch.yaml"));
    Daemon daemon{folder};
    CHECK(daemon.program.end() == 78);
    CHECK(daemon.program.err().find("is a directory") != std::string::npos);
  }
}

TEST_CASE("run: a busy port ends with 1 and says so") {
  const ScratchFolder folder;
  const Place shut{Place::Kind::Bound};
  const Place busy{Place::Kind::Listening};
  folder.write("rdpwatch.yaml", list_of("one", shut.endpoint()));
  Daemon daemon{folder, {"--web.listen-address", busy.endpoint()}};
  CHECK(daemon.program.end() == 1);
  CHECK(daemon.program.err().find("cannot listen on " + busy.endpoint() +
                                  ": another program listens there already") != std::string::npos);
}

TEST_CASE("run: SIGTERM and SIGINT end it with 0") {
  for (const int signal : {SIGTERM, SIGINT}) {
    const ScratchFolder folder;
    const Place shut{Place::Kind::Bound};
    folder.write("rdpwatch.yaml", list_of("one", shut.endpoint()));
    Daemon daemon{folder};
    const auto port = daemon.port();
    CHECK(http_get(port, "/-/ready").status == 200);
    CHECK(ids(port) == "one ");
    daemon.program.signal(signal);
    CHECK(daemon.program.end() == 0);
    CHECK(daemon.program.err().find(" stopped") != std::string::npos);
  }
}

TEST_CASE("run: SIGHUP with a broken file changes nothing, with a good one everything") {
  const ScratchFolder folder;
  const Place shut{Place::Kind::Bound};
  folder.write("rdpwatch.yaml", list_of("one", shut.endpoint()));
  Daemon daemon{folder};
  const auto port = daemon.port();
  folder.write("rdpwatch.yaml", list_of("two", shut.endpoint()) + "no_such_key: 1\nnor_this: 2\n");
  daemon.program.signal(SIGHUP);
  CHECK(daemon.program.says("configuration refused, the old one stays in effect"));
  CHECK(daemon.program.says("no_such_key"));
  CHECK(daemon.program.says("nor_this"));
  CHECK(ids(port) == "one ");
  CHECK(http_get(port, "/metrics").body.find("\nrdpwatch_config_last_reload_successful 0\n") !=
        std::string::npos);
  folder.write("rdpwatch.yaml", list_of("two", shut.endpoint()));
  daemon.program.signal(SIGHUP);
  CHECK(daemon.program.says("configuration loaded"));
  CHECK(ids(port) == "two ");
  daemon.program.signal(SIGTERM);
  CHECK(daemon.program.end() == 0);
}

TEST_CASE("run: what was seen outlives a stop and a kill, and the budget holds over both") {
  const ScratchFolder folder;
  const Place shut{Place::Kind::Bound};
  folder.write("rdpwatch.yaml", "state_directory: state\n" + list_of("one", shut.endpoint()));
  const auto result_of = [](std::uint16_t port) { return http_get(port, "/api/v1/targets/one").body; };
  const auto probe = [](std::uint16_t port) { return http_get(port, "/probe?target=one").body; };
  const auto has = [](const std::string& text, std::string_view words) {
    return text.find(words) != std::string::npos;
  };
  std::string result;
  {
    Daemon first{folder};
    const auto port = first.port();
    CHECK(has(result_of(port), "\"verdict\":\"pending\""));
    CHECK(has(probe(port), "\nrdp_probe_cached 0\n"));
    result = result_of(port);
    CHECK(has(result, "\"reason\":\"tcp_refused\""));
    first.program.signal(SIGTERM);
    CHECK(first.program.end() == 0);
  }
  {
    Daemon second{folder};
    const auto port = second.port();
    CHECK(second.program.says("state loaded targets=1"));
    CHECK(has(second.program.err(), "after=\"a stop\""));
    CHECK(result_of(port) == result);
    CHECK(has(http_get(port, "/metrics").body, "\nrdpwatch_targets{state=\"pending\"} 0\n"));
    CHECK(has(probe(port), "\nrdp_probe_cached 0\n"));  // a second connection is allowed
    result = result_of(port);
    second.program.signal(SIGTERM);
    CHECK(second.program.end() == 0);
  }
  {
    Daemon third{folder};
    const auto port = third.port();
    while (!has(http_get(port, "/metrics").body, "\nrdpwatch_state_last_save_successful 1\n")) {
    }
    third.program.signal(SIGKILL);
    CHECK(third.program.end() == -1);
  }
  Daemon fourth{folder};
  const auto port = fourth.port();
  CHECK(fourth.program.says("after=\"an abrupt end\""));
  CHECK(result_of(port) == result);
  CHECK(has(probe(port), "\nrdp_probe_cached 1\n"));  // who knows what the third one did at the end
  CHECK(result_of(port) == result);
}

TEST_CASE("run: state of a newer release ends it with 78 and stays") {
  const ScratchFolder folder;
  const Place shut{Place::Kind::Bound};
  folder.write("rdpwatch.yaml", "state_directory: state\n" + list_of("one", shut.endpoint()));
  constexpr std::string_view kNewer = "{\"rdpwatch_state\":2,\"release\":\"9.9.9\"}\n";
  folder.write("state/rdpwatch.state", kNewer);
  Daemon daemon{folder};
  CHECK(daemon.program.end() == 78);
  CHECK(daemon.program.err().find("was written by rdpwatch 9.9.9") != std::string::npos);
  CHECK(std::filesystem::file_size(folder.path("state/rdpwatch.state")) == kNewer.size());
}

TEST_CASE("run: a second daemon over the same state ends with 1, and the first keeps what it has") {
  const ScratchFolder folder;
  const Place shut{Place::Kind::Bound};
  folder.write("rdpwatch.yaml", "state_directory: state\n" + list_of("one", shut.endpoint()));
  Daemon first{folder};
  const auto port = first.port();
  {
    Daemon second{folder};
    CHECK(second.program.end() == 1);
    CHECK(second.program.err().find(
              "another rdpwatch runs and keeps its state in " + folder.path("state").string() +
              ": stop it, or give this one another state_directory") != std::string::npos);
    CHECK(second.program.err().find(" listening ") == std::string::npos);
  }
  CHECK(ids(port) == "one ");
  first.program.signal(SIGKILL);
  CHECK(first.program.end() == -1);
  Daemon third{folder};  // the lock is gone with the process
  third.port();
}

TEST_CASE("probe: an interrupt closes connections politely and shows what there is") {
  const ScratchFolder folder;
  const Place shut{Place::Kind::Bound};
  const Place mute{Place::Kind::Listening};
  folder.write("rdpwatch.yaml",
               "modules: {default: {retries: 0, timeout: 60s}}\ntargets:\n  - {id: a, host: \"" +
                   shut.endpoint() + "\"}\n  - {id: b, host: \"" + mute.endpoint() +
                   "\"}\n  - {id: c, host: \"" + shut.endpoint() + "\"}\n");
  RunningProgram probe{
      {RDPWATCH_BINARY, "probe", "--parallel", "1", "--config", folder.path("rdpwatch.yaml")}};
  const int peer = mute.accept_and_hear();
  REQUIRE(peer != -1);
  probe.signal(SIGINT);
  CHECK(probe.end() == 1);
  REQUIRE(Place::becomes_readable(peer));
  char chunk[16];
  CHECK(::recv(peer, chunk, sizeof chunk, 0) == 0);  // a FIN; a RST would be -1
  ::close(peer);
  CHECK(probe.out().find("failed at connect: tcp_refused") != std::string::npos);
  CHECK(probe.out().find("3 targets: 0 ok, 0 degraded, 1 failed, 2 not probed") != std::string::npos);
  CHECK(probe.err().find("rdpwatch: interrupted") != std::string::npos);
}
