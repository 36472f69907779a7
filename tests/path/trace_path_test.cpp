#include "probes/path/trace_path.h"

#include <exception>
#include <thread>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <doctest/doctest.h>

#include "probes/path/looker.h"
#include "probes/path/trace_text.h"
#include "tests/net/climb_fixture.h"

using namespace rdpwatch;
using asio::ip::tcp;

namespace {

asio::awaitable<void> trace_into(path::PathTools tools, tcp::endpoint endpoint, net::SteadyTime until,
                                 path::PathTrace& result) {
  result = co_await path::trace_path(tools, endpoint, until);
}

asio::awaitable<void> look_into(path::Looker& looker, tcp::endpoint endpoint, path::Method method,
                                path::Look& result) {
  result = co_await looker.look(endpoint, method);
}

/// Looks at a port of this machine; `stop` before it begins.
path::Look looked(const tcp::endpoint& endpoint, path::Method method, bool stop = false) {
  asio::io_context io{1};
  path::Looker looker{io};
  if (stop) looker.stop();
  path::Look look;
  bool finished = false;
  asio::co_spawn(io, look_into(looker, endpoint, method, look),
                 [&finished](const std::exception_ptr& error) { finished = !error; });
  while (!finished && 0 < io.run_one()) continue;
  REQUIRE(finished);
  return look;
}

struct Traced {
  path::PathTrace trace{};
  bool finished = false;
};

/// Traces a port of this machine; `cancel` before it begins.
Traced traced(const tcp::endpoint& endpoint, bool cancel = false) {
  asio::io_context io{1};
  net::Lingering lingering{io};
  net::Deadline deadline{io};
  if (cancel) deadline.cancel();
  Traced result;
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds{20};
  asio::co_spawn(io, trace_into({io, lingering, deadline}, endpoint, until, result.trace),
                 [&result](const std::exception_ptr& error) { result.finished = !error; });
  while (!result.finished && 0 < io.run_one()) continue;
  return result;
}

tcp::endpoint listening(asio::io_context& io, std::optional<tcp::acceptor>& acceptor, const char* address) {
  acceptor.emplace(io, tcp::endpoint{asio::ip::make_address(address), 0});
  return acceptor->local_endpoint();
}

}  // namespace

TEST_CASE("trace_path: an open port of this machine is one connection, ended by FIN") {
  asio::io_context io;
  std::optional<tcp::acceptor> acceptor;
  for (const char* address : {"127.0.0.1", "::1"}) {
    CAPTURE(address);
    const auto endpoint = listening(io, acceptor, address);
    const auto [trace, finished] = traced(endpoint);
    REQUIRE(finished);
    CHECK(trace.end == path::End::Accepted);
    CHECK(trace.host_hop == 1);
    CHECK(trace.syns == 1);
    auto taken = acceptor->accept();
    asio::error_code ec;
    std::array<char, 1> byte{};
    taken.read_some(asio::buffer(byte), ec);
    CHECK(ec == asio::error::eof);
  }
}

TEST_CASE("trace_path: a closed port of this machine is refused by the host") {
  for (const char* address : {"127.0.0.1", "::1"}) {
    CAPTURE(address);
    asio::io_context io;
    std::optional<tcp::acceptor> acceptor;
    const auto endpoint = listening(io, acceptor, address);
    acceptor->close();
    const auto before = test::open_descriptors();
    const auto [trace, finished] = traced(endpoint);
    REQUIRE(finished);
    const bool pinged = 0 < trace.echoes;  // whether this machine lets us ping
    CHECK(trace.end == (pinged ? path::End::Refused : path::End::ResetUnplaced));
    CHECK(trace.syns == (pinged ? 3 : 1));
    CHECK(test::open_descriptors() == before);
  }
}

TEST_CASE("trace_path: an interrupted trace says so and sends nothing") {
  const auto [trace, finished] = traced({asio::ip::make_address("127.0.0.1"), 9}, true);
  REQUIRE(finished);
  CHECK(trace.end == path::End::Stopped);
  CHECK(trace.syns == 0);
}

TEST_CASE("trace_path: a listener that ends or resets what it took has taken it") {
  for (const bool reset : {false, true}) {
    CAPTURE(reset);
    asio::io_context io;
    std::optional<tcp::acceptor> acceptor;
    const auto endpoint = listening(io, acceptor, "127.0.0.1");
    std::jthread peer{[&acceptor, reset] {
      auto taken = acceptor->accept();
      if (reset) taken.set_option(asio::socket_base::linger{true, 0});
      taken.close();
    }};
    const auto [trace, finished] = traced(endpoint);
    REQUIRE(finished);
    CHECK(trace.end == path::End::Accepted);
    CHECK(trace.syns == 1);
  }
}

TEST_CASE("looker: of a host that works, not one connection") {
  asio::io_context io;
  std::optional<tcp::acceptor> acceptor;
  const auto look = looked(listening(io, acceptor, "127.0.0.1"), path::Method::Echo);
  CHECK(look.trace.syns == 0);
  acceptor->non_blocking(true);
  asio::error_code ec;
  acceptor->accept(ec);
  CHECK(ec == asio::error::would_block);
  if (look.ping.why_not.empty()) CHECK(look.ping.received == look.ping.sent);
}

TEST_CASE("looker: what was stopped sends nothing") {
  asio::io_context io;
  std::optional<tcp::acceptor> acceptor;
  const auto endpoint = listening(io, acceptor, "127.0.0.1");
  for (const auto method : {path::Method::Syn, path::Method::Echo}) {
    const auto look = looked(endpoint, method, true);
    CHECK(look.trace.end == path::End::Stopped);
    CHECK(look.trace.syns + look.trace.echoes <= 1);  // the one that was about to be
    CHECK(look.ping.sent == 0);
  }
}
