#include "probes/net/resolve.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include <asio/experimental/as_tuple.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include "probes/net/dns_lookup.h"
#include "probes/net/dns_name.h"
#include "probes/net/dns_order.h"
#include "probes/net/dns_server.h"
#include "probes/net/dns_system.h"
#include "probes/sanitize.h"

namespace rdpwatch::net {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr auto kNoThrow = asio::experimental::as_tuple(asio::use_awaitable);
constexpr std::size_t kServersKept = 64;

/// How long the first try of a question waits: a third of the time that the request has, since the second
/// waits twice as long. In steps, because every value needs a c-ares channel of its own.
milliseconds first_try_of(Clock::duration budget) {
  static constexpr std::array kSteps{milliseconds{100},  milliseconds{200},  milliseconds{350},
                                     milliseconds{500},  milliseconds{700},  milliseconds{1000},
                                     milliseconds{1400}, milliseconds{2000}, milliseconds{3000}};
  const auto third = std::chrono::duration_cast<milliseconds>(budget) * 105 / 300;  // 5 % grace
  const auto above = std::ranges::upper_bound(kSteps, third);
  return above == kSteps.begin() ? kSteps.front() : *std::prev(above);
}

Observation stopped() { return {.detail = "stopped before the name was resolved"}; }

ResolveResult invalid_name(const std::string& host, const std::string& defect) {
  return std::unexpected{Observation{.cause = Cause::NameInvalid, .detail = sanitize(host + ": " + defect)}};
}

}  // namespace

struct Resolver::Core : std::enable_shared_from_this<Resolver::Core> {
  struct Cached {
    ResolveAnswer answer;
    Clock::time_point expires;
  };
  /// A running look-up and who waits for it, each with a timer that is cancelled at the end.
  struct Running {
    std::shared_ptr<DnsLookup> lookup;
    std::vector<std::weak_ptr<asio::steady_timer>> waiters;

    bool is_awaited() const {
      return std::ranges::any_of(waiters, [](const auto& waiter) { return !waiter.expired(); });
    }
  };
  using ServerKey = std::pair<asio::ip::udp::endpoint, milliseconds>;

  Core(asio::io_context& context, ResolverOptions chosen)
      : io{context}, options{std::move(chosen)}, system{options.resolv_conf, options.hosts, options.reread} {}

  void stop();
  void refresh();
  std::optional<ResolveAnswer> without_dns(const std::string& host) const;
  std::optional<ResolveAnswer> from_cache(const std::string& key);
  void remember(const std::string& key, const DnsAddresses& found);
  std::string key_of(const ResolveRequest& request) const;
  std::expected<std::vector<asio::ip::udp::endpoint>, std::string> servers_for(
      const config::Resolver& resolver) const;
  std::shared_ptr<DnsServer> server(const asio::ip::udp::endpoint& endpoint, milliseconds first_try);
  void start(const std::string& key, const ResolveRequest& request,
             const std::vector<asio::ip::udp::endpoint>& endpoints);
  void ended(const std::string& key);

  asio::io_context& io;
  ResolverOptions options;
  SystemResolver system;
  std::uint64_t generation = 0;  ///< of the system's files; a part of every key
  bool is_stopped = false;
  std::unordered_map<std::string, Cached> cache{};
  std::unordered_map<std::string, Running> running{};
  std::map<ServerKey, std::shared_ptr<DnsServer>> servers{};
};

void Resolver::Core::stop() {
  is_stopped = true;
  for (auto& [key, one] : running) {
    one.lookup->abandon();
    for (const auto& waiter : one.waiters)
      if (const auto timer = waiter.lock()) timer->cancel();
  }
  running.clear();
  for (auto& [key, one] : servers) one->stop();
  servers.clear();
  cache.clear();
}

void Resolver::Core::refresh() {
  if (!system.refresh(Clock::now())) return;
  ++generation;
  cache.clear();
}

std::optional<ResolveAnswer> Resolver::Core::without_dns(const std::string& host) const {
  ResolveAnswer answer;
  if (const auto& known = system.hosts(host); !known.empty()) answer.addresses = connection_order(known);
  else if (is_localhost_name(host))
    answer.addresses = connection_order({asio::ip::address_v4::loopback(), asio::ip::address_v6::loopback()});
  else return std::nullopt;
  return answer;
}

std::optional<ResolveAnswer> Resolver::Core::from_cache(const std::string& key) {
  const auto found = cache.find(key);
  if (found == cache.end()) return std::nullopt;
  const auto now = Clock::now();
  if (found->second.expires <= now) {
    cache.erase(found);
    return std::nullopt;
  }
  auto answer = found->second.answer;
  answer.from_cache = true;
  answer.ttl = std::chrono::ceil<seconds>(found->second.expires - now);
  return answer;
}

void Resolver::Core::remember(const std::string& key, const DnsAddresses& found) {
  const auto ttl = std::min(found.ttl, options.max_ttl);
  if (ttl <= seconds{0} || options.cache_entries == 0) return;
  const auto now = Clock::now();
  if (options.cache_entries <= cache.size())
    std::erase_if(cache, [&](const auto& entry) { return entry.second.expires <= now; });
  if (options.cache_entries <= cache.size()) cache.erase(cache.begin());
  ResolveAnswer answer{.addresses = connection_order(found.addresses), .ttl = ttl, .findings = found.notes};
  cache.insert_or_assign(key, Cached{std::move(answer), now + ttl});
}

std::string Resolver::Core::key_of(const ResolveRequest& request) const {
  auto key = std::to_string(generation) + " " + lower(request.host);
  for (const auto& one : request.resolver.servers) key += " " + one;
  return key;
}

std::expected<std::vector<asio::ip::udp::endpoint>, std::string> Resolver::Core::servers_for(
    const config::Resolver& resolver) const {
  if (resolver.servers.empty()) return system.servers();
  std::vector<asio::ip::udp::endpoint> endpoints;
  for (const auto& text : resolver.servers) {
    const auto endpoint = parse_name_server(text);
    if (!endpoint) return std::unexpected{"name server " + text + " is not an address"};
    endpoints.push_back(*endpoint);
  }
  return endpoints;
}

std::shared_ptr<DnsServer> Resolver::Core::server(const asio::ip::udp::endpoint& endpoint,
                                                  milliseconds first_try) {
  const auto found = servers.find({endpoint, first_try});
  if (found != servers.end()) return found->second;
  // Servers of a configuration that is gone: no look-up holds them.
  if (kServersKept <= servers.size())
    std::erase_if(servers, [](const auto& entry) { return entry.second.use_count() == 1; });
  auto made = std::make_shared<DnsServer>(io, endpoint, first_try);
  servers.emplace(ServerKey{endpoint, first_try}, made);
  return made;
}

void Resolver::Core::start(const std::string& key, const ResolveRequest& request,
                           const std::vector<asio::ip::udp::endpoint>& endpoints) {
  const auto first_try = first_try_of(request.deadline - Clock::now());
  std::vector<std::shared_ptr<DnsServer>> asked;
  asked.reserve(endpoints.size());
  for (const auto& endpoint : endpoints) asked.push_back(server(endpoint, first_try));
  auto lookup = std::make_shared<DnsLookup>(io, search_list(request.host, system.ndots(), system.domains()),
                                            std::move(asked), first_try);
  lookup->wanted = [core = weak_from_this(), key] {
    const auto self = core.lock();
    const auto found = self ? self->running.find(key) : decltype(self->running.find(key)){};
    return self && found != self->running.end() && found->second.is_awaited();
  };
  running[key].lookup = lookup;
  lookup->start([core = weak_from_this(), key] {
    if (const auto self = core.lock()) self->ended(key);
  });
}

void Resolver::Core::ended(const std::string& key) {
  const auto found = running.find(key);
  if (found == running.end()) return;
  const auto outcome = found->second.lookup->outcome();
  for (const auto& waiter : found->second.waiters)
    if (const auto timer = waiter.lock()) timer->cancel();
  running.erase(found);
  if (outcome) remember(key, *outcome);
}

Resolver::Resolver(asio::io_context& io, ResolverOptions options)
    : core_{std::make_shared<Core>(io, std::move(options))} {}

Resolver::~Resolver() { core_->stop(); }

void Resolver::stop() { core_->stop(); }

namespace {

ResolveResult judged(const ResolveRequest& request, const DnsLookup::Outcome& outcome) {
  if (!outcome) return std::unexpected{outcome.error()};
  return judge_addresses(
      request.host,
      {.addresses = connection_order(outcome->addresses), .ttl = outcome->ttl, .findings = outcome->notes},
      request.expected);
}

}  // namespace

asio::awaitable<ResolveResult> Resolver::resolve(ResolveRequest request) {
  const auto core = core_;
  if (core->is_stopped) co_return std::unexpected{stopped()};
  asio::error_code not_literal;
  const auto literal = asio::ip::make_address(request.host, not_literal);
  if (!not_literal)
    co_return judge_addresses(request.host, {.addresses = {literal}, .from_literal = true}, request.expected);
  if (const auto defect = name_defect(request.host)) co_return invalid_name(request.host, *defect);
  core->refresh();
  if (auto answer = core->without_dns(request.host))
    co_return judge_addresses(request.host, *std::move(answer), request.expected);
  const auto key = core->key_of(request);
  if (auto answer = core->from_cache(key))
    co_return judge_addresses(request.host, *std::move(answer), request.expected);
  const auto endpoints = core->servers_for(request.resolver);
  if (!endpoints) co_return std::unexpected{Observation{.detail = sanitize(endpoints.error())}};

  for (;;) {
    const bool joined = core->running.contains(key);
    const bool orphaned = joined && !core->running[key].is_awaited();
    const auto timer = std::make_shared<asio::steady_timer>(core->io, request.deadline);
    core->running[key].waiters.push_back(timer);
    if (!joined) core->start(key, request, *endpoints);
    const auto lookup = core->running[key].lookup;
    co_await timer->async_wait(kNoThrow);
    if (core->is_stopped) co_return std::unexpected{stopped()};
    const bool late = request.deadline <= Clock::now();
    if (!lookup->done() && !late) co_return std::unexpected{stopped()};  // this coroutine was cancelled
    auto outcome = lookup->outcome();
    // A failed look-up that others began earlier does not count when it gave up too soon for this request, or
    // tells of a time before it.
    const bool counts = outcome || !joined || (!orphaned && outcome.error().cause != Cause::Timeout);
    if (late || counts) co_return judged(request, outcome);
  }
}

}  // namespace rdpwatch::net
