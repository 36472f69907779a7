#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <nlohmann/json.hpp>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

struct Ran {
  int exit_code = -1;
  std::string out{};
};

/// Runs the built binary through the shell; stderr is dropped unless `arguments` redirects it.
Ran rdpwatch(const std::string& arguments) {
  const auto command = std::string{RDPWATCH_BINARY} + " " + arguments;
  std::FILE* pipe = ::popen(("exec 2>/dev/null; " + command).c_str(), "r");
  REQUIRE(pipe != nullptr);
  Ran ran;
  char chunk[4096];
  for (std::size_t size = 0; 0 < (size = std::fread(chunk, 1, sizeof chunk, pipe));)
    ran.out.append(chunk, size);
  const int status = ::pclose(pipe);
  ran.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

/// A port of 127.0.0.1 that nothing listens on while this lives: bound, so that nobody else gets it.
class ClosedPort {
 public:
  ClosedPort() : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(socket_, generic, size) == 0);
    REQUIRE(::getsockname(socket_, generic, &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  ~ClosedPort() { ::close(socket_); }
  ClosedPort(const ClosedPort&) = delete;
  ClosedPort& operator=(const ClosedPort&) = delete;
  std::string endpoint() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  int socket_;
  int port_ = 0;
};

/// A file that is gone at the end of the test.
class File {
 public:
  explicit File(const std::string& text)
      : path_{std::filesystem::temp_directory_path() /
              ("rdpwatch-cli-" + std::to_string(::getpid()) + ".yaml")} {
    std::ofstream{path_} << text;
  }
  ~File() { std::filesystem::remove(path_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  std::string name() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST_CASE("command line: help, version and schema end with 0") {
  CHECK(rdpwatch("--help").exit_code == 0);
  CHECK(rdpwatch("probe --help").exit_code == 0);
  CHECK(rdpwatch("--version").out.starts_with("rdpwatch "));
  const auto schema = rdpwatch("--print-schema");
  CHECK(schema.exit_code == 0);
  CHECK(nlohmann::json::accept(schema.out));
}

TEST_CASE("command line: what is not understood ends with 2") {
  for (const char* arguments : {"", "bogus", "probe", "probe --bogus x", "probe --module login 127.0.0.1",
                                "probe --color=pink x", "explain no_such_reason", "explain 0x904 seven",
                                "explain 1 2 3", "check-config", "check-config --format xml x"}) {
    CAPTURE(std::string{arguments});
    CHECK(rdpwatch(arguments).exit_code == 2);
  }
}

TEST_CASE("command line: explain writes no colour into a pipe unless asked to") {
  const auto plain = rdpwatch("explain 0x904 0x7");
  CHECK(plain.exit_code == 0);
  CHECK(plain.out.find('\x1B') == std::string::npos);
  CHECK(rdpwatch("explain --color=always 0x904").out.find('\x1B') != std::string::npos);
  CHECK(rdpwatch("explain 2308 7").out == plain.out);
}

TEST_CASE("command line: an invalid configuration ends with 78 wherever it is given") {
  const File bad{"targets: [{hots: x}]\n"};
  for (const char* command :
       {"check-config ", "probe --config ", "learn --config ", "check-config --format json "})
    CHECK(rdpwatch(command + bad.name()).exit_code == 78);
  CHECK(nlohmann::json::parse(rdpwatch("check-config --format json " + bad.name()).out).size() >= 1);
  CHECK(rdpwatch("check-config /nonexistent.yaml").exit_code == 78);
}

TEST_CASE("command line: probe of a closed port fails with 1 and says why") {
  const ClosedPort port;
  const File config{"modules: {default: {retries: 0}}\ntargets: [{host: \"" + port.endpoint() +
                    "\", id: shut}]\n"};
  const auto ran = rdpwatch("probe --json --config " + config.name());
  CHECK(ran.exit_code == 1);
  const auto json = nlohmann::json::parse(ran.out);
  CHECK(json["target"] == "shut");
  CHECK(json["verdict"] == "failed");
  CHECK(json["phase"] == "connect");
  CHECK(json["reason"] == "tcp_refused");
  CHECK(json["client_code"] == "0x204");
  const auto drawn = rdpwatch("probe --config " + config.name() + " shut");
  CHECK(drawn.exit_code == 1);
  CHECK(drawn.out.find("failed at connect: tcp_refused") != std::string::npos);
  CHECK(drawn.out.find('\x1B') == std::string::npos);
  CHECK(rdpwatch("probe --config " + config.name() + " unknown").exit_code == 2);
  CHECK(rdpwatch("probe --module nope --config " + config.name()).exit_code == 2);
}

TEST_CASE("command line: results come in the order of the list, and the budget holds") {
  const ClosedPort port;
  std::string text{"modules: {default: {retries: 0}}\ntargets:\n"};
  for (const char* id : {"a", "b", "c", "d", "e"})
    text += std::string{"  - {id: "} + id + ", host: \"" + port.endpoint() + "\"}\n";
  const File config{text};
  const auto ran = rdpwatch("probe --json --config " + config.name() + " e d c b a 2>&1");
  CHECK(ran.exit_code == 1);
  const auto at = [&](const char* id) { return ran.out.find("\"target\":\"" + std::string{id} + '"'); };
  CHECK(at("e") < at("d"));
  CHECK(at("d") < at("c"));
  CHECK(at("c") < at("b"));
  CHECK(at("a") == std::string::npos);  // the fifth connection in two minutes
  CHECK(ran.out.find("a: not probed: budget") != std::string::npos);
}

TEST_CASE("command line: diagnose of a closed port traces the path and counts every connection") {
  const ClosedPort closed;
  const auto ran = rdpwatch("diagnose --json " + closed.endpoint());
  CHECK(ran.exit_code == 1);
  const auto seen = nlohmann::json::parse(ran.out);
  CHECK(seen["reason"] == "tcp_refused");
  CHECK(seen["steps"][0]["context"]["interface"] == "lo");
  CHECK(seen["steps"][2]["says"] == "the target is an address already");
  const int syns = seen["steps"][3]["trace"]["syns"];
  CHECK(1 <= syns);
  CHECK(seen["connections"] == 1 + syns);
}

TEST_CASE("command line: diagnose goes by the expected address when the name leads nowhere") {
  const ClosedPort closed, no_name_server;
  const auto endpoint = closed.endpoint();
  const File file{"modules: {default: {resolver: {servers: [\"" + no_name_server.endpoint() +
                  "\"]}, timeout: 2s}}\n" + "targets: [{id: a, host: rds01.corp.example, port: " +
                  endpoint.substr(endpoint.find(':') + 1) + ", expect: {addresses: [127.0.0.1]}}]\n"};
  const auto ran = rdpwatch("diagnose --json --config " + file.name() + " a");
  CHECK(ran.exit_code == 1);
  const auto seen = nlohmann::json::parse(ran.out);
  CHECK(seen["steps"][0]["probe"]["phase"] == "resolve");
  CHECK(seen["steps"][2]["probe"]["reason"] == "tcp_refused");
  CHECK(seen["steps"][2]["probe"]["address"] == "127.0.0.1");
  CHECK(seen["steps"][3].contains("trace"));
}

TEST_CASE("command line: diagnose takes one target and one form") {
  CHECK(rdpwatch("diagnose").exit_code == 2);
  CHECK(rdpwatch("diagnose a b").exit_code == 2);
  CHECK(rdpwatch("diagnose --json --markdown 127.0.0.1:9").exit_code == 2);
}

TEST_CASE("command line: learn prints what the configuration reads") {
  const ClosedPort port;
  const auto ran = rdpwatch("learn " + port.endpoint());
  CHECK(ran.exit_code == 1);
  CHECK(ran.out.find("targets:\n  - host: \"" + port.endpoint() + "\"\n") != std::string::npos);
  const File learnt{ran.out};
  CHECK(rdpwatch("check-config " + learnt.name()).exit_code == 0);
}
