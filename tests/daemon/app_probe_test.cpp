#include <asio/ip/tcp.hpp>
#include <doctest/doctest.h>

#include "tests/daemon/app_bench.h"

using namespace std::chrono_literals;
using namespace rdpwatch;
using namespace rdpwatch::daemon;
using rdpwatch::test::AppBench;

namespace {

/// Takes every connection on a port of its own and closes it at once, on a thread of its own.
class ClosingPeer {
 public:
  ClosingPeer() : acceptor_{io_, {asio::ip::address_v4::loopback(), 0}} {
    accept();
    thread_ = std::thread{[this] { io_.run(); }};
  }
  ~ClosingPeer() {
    io_.stop();
    thread_.join();
  }
  std::string port() const { return std::to_string(acceptor_.local_endpoint().port()); }

 private:
  void accept() {
    acceptor_.async_accept([this](asio::error_code error, asio::ip::tcp::socket) {
      if (!error) accept();
    });
  }
  asio::io_context io_{1};
  asio::ip::tcp::acceptor acceptor_;
  std::thread thread_{};
};

}  // namespace

TEST_CASE("app: real probes are reported, reloaded under and asked for, all at once") {
  ClosingPeer peer;
  AppBench bench{make_prober_engine};
  const auto list = [&](int count) {
    std::string text =
        "connection_budget: {connections: 1000, window: 1s}\n"
        "modules: {default: {interval: 1s, timeout: 900ms, retries: 0}}\n"
        "targets:\n";
    for (int i = 1; i <= count; ++i)
      text += "  - {host: 127.0.0.1, port: " + peer.port() + ", id: t" + std::to_string(i) + "}\n";
    return text;
  };
  bench.folder.write("rdpwatch.yaml", list(20));
  bench.start();
  std::vector<std::future<OnDemandResult>> asked;
  for (int round = 0; round < 5; ++round) {
    for (int i = 1; i <= 15; i += 3) asked.push_back(bench.probe("t" + std::to_string(i)));
    bench.folder.write("rdpwatch.yaml", list(19 - round));
    CHECK(bench.reload().ok);
  }
  for (auto& each : asked) {
    REQUIRE(each.wait_for(60s) == std::future_status::ready);
    const auto result = each.get();
    if (result.none) continue;
    REQUIRE(result.report);
    CHECK(result.report->verdict == Verdict::Failed);
    CHECK(result.report->phase <= Phase::Negotiate);
  }
  CHECK(bench.until([](App& app) {
    for (const auto& record : app.store().records())
      if (record.runs < 2) return false;
    return true;
  }));
  bench.app->request_stop();
  CHECK(bench.end() == 0);
  CHECK_FALSE(bench.app->abandoned());
}

TEST_CASE("app: a target never probed before that is silent gets its time-out told, not a missing result") {
  asio::io_context io;
  const asio::ip::tcp::acceptor silent{io, {asio::ip::address_v4::loopback(), 0}};  // the kernel accepts
  AppBench bench{make_prober_engine};
  bench.folder.write("rdpwatch.yaml",
                     "modules: {default: {interval: 7d, timeout: 60s, retries: 0}}\n"
                     "targets: [{id: s, host: 127.0.0.1, port: " +
                         std::to_string(silent.local_endpoint().port()) + "}]\n");
  bench.start();
  const auto result = bench.probe("s", {}, false, 1s).get();
  REQUIRE(result.report);
  CHECK_FALSE(result.none);
  REQUIRE(result.report->failure);
  CHECK(result.report->failure->row->reason == "x224_timeout");
  CHECK(result.report->duration < 1s);
  CHECK(bench.runs("s") == 0);  // the asker's patience ended, not the module's: nothing is said of the host
}
