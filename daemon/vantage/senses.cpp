#include "daemon/vantage/senses.h"

#include <cerrno>
#include <utility>

#include <asio/ip/udp.hpp>

#include "config/values.h"
#include "daemon/shard.h"
#include "daemon/vantage/responder.h"
#include "probes/net/resolve.h"

namespace rdpwatch::daemon::vantage {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kNameLimit{2};
constexpr std::chrono::seconds kClimbLimit{2};

/// What the senses of a daemon share with what they have begun.
struct Shared {
  asio::io_context& io;
  Budget& budget;
  Engine engine;
  std::weak_ptr<Responder> responder{};
  std::weak_ptr<net::Resolver> resolver{};
  bool stopped = false;
};
using SharedPtr = std::shared_ptr<Shared>;

/// A connected UDP socket has a route, or there is none; no packet leaves.
RouteAsked ask_route(asio::io_context& io, const std::string& text) {
  constexpr std::uint16_t kPort = 3389;
  asio::error_code error;
  const auto address = asio::ip::make_address(text, error);
  if (error) return {text, EINVAL};
  asio::ip::udp::socket socket{io};
  const asio::ip::udp::endpoint endpoint{address, kPort};
  socket.open(endpoint.protocol(), error);
  if (!error) socket.connect(endpoint, error);
  return {text, error.value()};
}

asio::awaitable<std::vector<NameAsked>> ask_names(SharedPtr shared, std::vector<Name> names) {
  // A new one for each look: nothing is answered from a cache, nor from the hosts file.
  const auto resolver =
      std::make_shared<net::Resolver>(shared->io, net::ResolverOptions{.hosts = "/dev/null"});
  shared->resolver = resolver;
  std::vector<NameAsked> asked;
  for (Name& name : names) {
    if (shared->stopped) break;
    net::ResolveRequest request;
    request.host = name.host;
    request.resolver = std::move(name.resolver);
    request.deadline = steady_clock::now() + kNameLimit;
    auto waiting = resolver->resolve(std::move(request));
    const auto answer = co_await std::move(waiting);
    asked.push_back({name.host, answer ? std::nullopt : std::optional{answer.error().cause}});
    if (judge_names({asked.back()}).state == State::Sound) break;
  }
  co_return asked;
}

std::shared_ptr<const config::Target> target_of(std::string id, std::string host, std::uint16_t port,
                                                Phase depth) {
  config::Module module;
  module.name = "vantage";
  module.depth = depth;
  module.timeout = kClimbLimit;
  module.retries = 0;
  config::Target target;
  target.id = std::move(id);
  target.host = std::move(host);
  target.port = port;
  target.module = std::make_shared<const config::Module>(std::move(module));
  return std::make_shared<const config::Target>(std::move(target));
}

asio::awaitable<Climbed> climb(SharedPtr shared, ProbeRequest request) {
  Climbed climbed{.target = request.target->id};
  auto probing = shared->engine.probe(std::move(request));
  auto result = co_await std::move(probing);
  climbed.report = std::move(result.report);
  if (result.end == ProbeEnd::Budget) climbed.none = "the connection budget had nothing left";
  if (result.end == ProbeEnd::Cancelled) climbed.none = "the daemon stops";
  co_return climbed;
}

asio::awaitable<Climbed> probe_self(SharedPtr shared) {
  const auto responder = std::make_shared<Responder>(shared->io);
  const auto port = responder->start();
  if (!port) co_return Climbed{"127.0.0.1", nullptr, port.error()};
  shared->responder = responder;
  ProbeRequest request;
  request.target = target_of("127.0.0.1", "127.0.0.1", *port, Phase::Negotiate);
  auto climbing = climb(shared, std::move(request));
  auto climbed = co_await std::move(climbing);
  responder->stop();
  co_return climbed;
}

asio::awaitable<std::vector<Climbed>> probe_controls(SharedPtr shared, std::vector<std::string> controls) {
  std::vector<Climbed> all;
  for (std::string& each : controls) {
    const auto place = config::parse_host_port(each);
    if (!place || shared->stopped) continue;  // the loader has looked at them
    ProbeRequest request;
    request.target = target_of(each, place->host, place->port.value_or(3389), Phase::Connect);
    request.permit = [&budget = shared->budget, id = std::hash<std::string>{}(each)](
                         const std::string& address, std::uint16_t port, ConnectionKind kind) {
      return budget.ask({address, port, kind, id, kControlRhythm}, steady_clock::now()).granted;
    };
    auto climbing = climb(shared, std::move(request));
    all.push_back(co_await std::move(climbing));
    if (judge_controls({all.back()}).state == State::Sound) break;
  }
  co_return all;
}

void stop(const SharedPtr& shared) {
  shared->stopped = true;
  shared->engine.stop();
  if (const auto responder = shared->responder.lock()) responder->stop();
  if (const auto resolver = shared->resolver.lock()) resolver->stop();
}

}  // namespace

Senses make_senses(asio::io_context& io, Budget& budget) {
  const auto shared = std::make_shared<Shared>(Shared{io, budget, make_prober_engine(io)});
  return {
      .clock = read_clock,
      .route = [&io](const std::string& address) { return ask_route(io, address); },
      .names = [shared](std::vector<Name> names) { return ask_names(shared, std::move(names)); },
      .self_probe = [shared] { return probe_self(shared); },
      .controls = [shared](std::vector<std::string> ids) { return probe_controls(shared, std::move(ids)); },
      .stop = [shared] { stop(shared); }};
}

}  // namespace rdpwatch::daemon::vantage
