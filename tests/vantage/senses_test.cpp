#include "daemon/vantage/senses.h"

#include <cerrno>
#include <optional>

#include <asio/co_spawn.hpp>
#include <asio/connect.hpp>
#include <asio/write.hpp>
#include <doctest/doctest.h>

#include "daemon/vantage/responder.h"
#include "tests/support/dns_server.h"

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using namespace rdpwatch;
using namespace rdpwatch::daemon;
using namespace rdpwatch::daemon::vantage;

namespace {

template <class T>
asio::awaitable<void> keep(asio::awaitable<T> work, std::optional<T>& result) {
  result = co_await std::move(work);
}

/// The senses of this machine, on a loop of their own.
struct Here {
  template <class T>
  T wait_for(asio::awaitable<T> work) {
    std::optional<T> result;
    asio::co_spawn(io, keep(std::move(work), result), [](const std::exception_ptr& error) {
      if (error) std::rethrow_exception(error);
    });
    io.restart();
    const auto limit = std::chrono::steady_clock::now() + 20s;
    while (!result && std::chrono::steady_clock::now() < limit) io.run_one_for(100ms);
    REQUIRE(result.has_value());
    return *std::move(result);
  }

  asio::io_context io{1};
  Budget budget{{}};
  Senses senses = make_senses(io, budget);
};

}  // namespace

TEST_CASE("senses: the responder of this program is climbed, again and again") {
  Here here;
  for (int i = 0; i < 3; ++i) {
    const auto climbed = here.wait_for(here.senses.self_probe());
    REQUIRE(climbed.report);
    CHECK(climbed.report->phase == Phase::Negotiate);
    CHECK(judge_self_probe(climbed).state == State::Sound);
  }
}

TEST_CASE("senses: control targets are connected to, within the connection budget, until one answers") {
  Here here;
  asio::ip::tcp::acceptor door{here.io, {asio::ip::address_v4::loopback(), 0}};
  const auto open = "127.0.0.1:" + std::to_string(door.local_endpoint().port());
  asio::ip::tcp::acceptor gone{here.io, {asio::ip::address_v4::loopback(), 0}};
  const auto closed = "127.0.0.1:" + std::to_string(gone.local_endpoint().port());
  gone.close();
  const auto both = here.wait_for(here.senses.controls({closed, open, open}));
  CHECK(both.size() == 2);
  CHECK(judge_controls(both).state == State::Sound);
  const auto none = here.wait_for(here.senses.controls({closed}));
  CHECK(judge_controls(none).state == State::Disturbed);
  CHECK(judge_controls(none).detail.find("tcp_refused") != std::string::npos);
  // Two are used; the third and the fourth are allowed, and no more for two minutes.
  for (int i = 0; i < 2; ++i) CHECK(here.wait_for(here.senses.controls({closed})).front().report);
  const auto refused = here.wait_for(here.senses.controls({closed}));
  CHECK_FALSE(refused.front().report);
  CHECK(judge_controls(refused) == Look{State::Unknown, "the connection budget had nothing left"});
}

TEST_CASE(
    "senses: a name server that answers is heard, one that is silent is waited for, and others spared") {
  Here here;
  test::DnsServerPeer server{here.io};
  server.otherwise = {.mute = true};
  server.script("gone.example", {.code = 3});
  const config::Resolver there{.servers = {server.address()}};
  const auto asked = here.wait_for(
      here.senses.names({{"deaf.example", there}, {"gone.example", there}, {"more.example", there}}));
  REQUIRE(asked.size() == 2);
  CHECK(asked[0].failure == Cause::Timeout);
  CHECK(asked[1].failure == Cause::NameNotFound);
  CHECK(judge_names(asked).state == State::Sound);
  server.script("gone.example", {.code = 2});
  CHECK(judge_names(here.wait_for(here.senses.names({{"gone.example", there}, {"deaf.example", there}})))
            .state == State::Disturbed);
}

TEST_CASE("senses: routes are asked for without a packet") {
  Here here;
  CHECK(here.senses.route("127.0.0.1").error == 0);
  CHECK(here.senses.route("no address").error == EINVAL);
}

TEST_CASE("responder: whoever says too little, too much or nothing gets no answer, and it ends") {
  for (const std::string_view bytes : {""sv, "\x03"sv, "GET / HTTP/1.0\r\n\r\n"sv, "\x03\x00\xff\xff"sv}) {
    CAPTURE(bytes);
    asio::io_context io{1};
    const auto responder = std::make_shared<Responder>(io);
    const auto port = responder->start();
    REQUIRE(port);
    asio::ip::tcp::socket socket{io};
    socket.connect({asio::ip::address_v4::loopback(), *port});
    asio::write(socket, asio::buffer(bytes));
    socket.shutdown(asio::ip::tcp::socket::shutdown_send);
    io.run_for(10s);
    CHECK(io.stopped());
    std::array<char, 64> answer{};
    asio::error_code error;
    const auto size = socket.read_some(asio::buffer(answer), error);
    CHECK(size == 0);
  }
}

TEST_CASE("responder: a stranger who comes first and says nothing is in nobody's way") {
  asio::io_context io{1};
  const auto responder = std::make_shared<Responder>(io);
  const auto port = responder->start();
  REQUIRE(port);
  asio::ip::tcp::socket stranger{io}, prober{io};
  stranger.connect({asio::ip::address_v4::loopback(), *port});
  prober.connect({asio::ip::address_v4::loopback(), *port});
  asio::write(prober, asio::buffer("\x03\x00\x00\x07\x02\xe0\x00"sv));
  std::array<char, 64> answer{};
  std::size_t got = 0;
  prober.async_read_some(asio::buffer(answer), [&](asio::error_code, std::size_t size) {
    got = size;
    responder->stop();
  });
  io.run_for(10s);
  CHECK(got == 19);
}

TEST_CASE("senses: a stop ends what is under way") {
  Here here;
  asio::ip::udp::socket silent{here.io, {asio::ip::address_v4::loopback(), 0}};
  std::optional<std::vector<NameAsked>> asked;
  const config::Resolver deaf{.servers = {"127.0.0.1:" + std::to_string(silent.local_endpoint().port())}};
  asio::co_spawn(here.io, keep(here.senses.names({{"a.example", deaf}, {"b.example", deaf}}), asked),
                 [](const std::exception_ptr&) {});
  here.io.poll();
  const auto before = std::chrono::steady_clock::now();
  here.senses.stop();
  here.io.restart();
  here.io.run_for(10s);
  CHECK(std::chrono::steady_clock::now() - before < 1s);
  REQUIRE(asked);
  CHECK(asked->size() == 1);
}
