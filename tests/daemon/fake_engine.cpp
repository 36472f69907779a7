#include "tests/daemon/fake_engine.h"

#include <stdexcept>

#include <asio/experimental/as_tuple.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

namespace rdpwatch::test {
namespace {

struct Fake {
  Fake(asio::io_context& context, std::shared_ptr<FakeWorld> shared)
      : io{context}, world{std::move(shared)} {}
  asio::io_context& io;
  std::shared_ptr<FakeWorld> world;
  bool stopped = false;
  bool looks_stopped = false;
};

std::shared_ptr<const ProbeReport> report_of(const ProbeRequest& request, const FakeWorld& world) {
  const bool failing = world.failing;
  auto report = std::make_shared<ProbeReport>();
  report->target = request.target->id;
  report->host = request.target->host;
  report->port = request.target->port;
  report->module = request.target->module->name;
  report->time = std::chrono::system_clock::now();
  report->duration = std::chrono::milliseconds{world.took};
  report->verdict = failing ? Verdict::Failed : Verdict::Ok;
  report->phase = failing ? Phase::Connect : Phase::Nla;
  if (world.address) report->address = "192.0.2.1";
  report->phases = {{Phase::Connect, failing ? Outcome::Failed : Outcome::Ok, std::chrono::milliseconds{1}}};
  if (failing) report->failure = Failure{find_reason("tcp_refused"), Phase::Connect, 111, "refused"};
  return report;
}

asio::awaitable<ProbeResult> fake_probe(std::shared_ptr<Fake> fake, ProbeRequest request) {
  FakeWorld& world = *fake->world;
  ++world.begun;
  if (request.bypass_name) ++world.bypassing;
  if (world.throwing) throw std::logic_error{"a bug"};
  for (int i = 0; i < world.connections; ++i)
    if (request.permit && !request.permit("192.0.2.1", request.target->port, request.kind))
      co_return ProbeResult{ProbeEnd::Budget, {}};
  if (request.trace) request.trace("climbing");
  {
    const std::scoped_lock lock{world.mutex};
    if (++world.in_flight[request.target->id] != 1) ++world.twice;
    world.modules[request.target->id] = request.target->module;
    world.baselines[request.target->id] = request.baseline;
  }
  asio::steady_timer pause{fake->io};
  do {
    pause.expires_after(std::chrono::milliseconds{5});
    co_await pause.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
  } while (world.hold && (!fake->stopped || world.stubborn));
  {
    const std::scoped_lock lock{world.mutex};
    --world.in_flight[request.target->id];
  }
  if (fake->stopped) co_return ProbeResult{ProbeEnd::Cancelled, {}};
  co_return ProbeResult{ProbeEnd::Finished, report_of(request, world)};
}

asio::awaitable<path::Look> fake_look(std::shared_ptr<Fake> fake, path::Method method) {
  FakeWorld& world = *fake->world;
  ++world.looks;
  asio::steady_timer pause{fake->io};
  do {
    pause.expires_after(std::chrono::milliseconds{5});
    co_await pause.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
  } while (world.hold_looks && !fake->looks_stopped);
  path::Look look;
  look.trace.end = method == path::Method::Syn ? path::End::Silent : path::End::Echoed;
  co_return look;
}

}  // namespace

daemon::Engine make_fake_engine(asio::io_context& io, const std::shared_ptr<FakeWorld>& world) {
  const auto fake = std::make_shared<Fake>(io, world);
  return {
      .probe = [fake](ProbeRequest request) { return fake_probe(fake, std::move(request)); },
      .stop = [fake] { fake->stopped = true; },
      .look = [fake](const asio::ip::tcp::endpoint&, path::Method method) { return fake_look(fake, method); },
      .stop_looks = [fake] { fake->looks_stopped = true; }};
}

std::shared_ptr<const config::Target> fake_target(const std::string& id, std::chrono::seconds interval,
                                                  const std::string& host) {
  auto module = std::make_shared<config::Module>();
  module->interval = interval;
  auto target = std::make_shared<config::Target>();
  target->id = id;
  target->host = host;
  target->module = module;
  return target;
}

}  // namespace rdpwatch::test
