#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/address.hpp>

#include "config/config.h"
#include "probes/taxonomy/cause.h"

/// The resolve phase: from a configured host to the addresses that a client would try.
namespace rdpwatch::net {

struct ResolveRequest {
  std::string host{};                   ///< name or address literal as configured, without brackets
  config::Resolver resolver{};          ///< no servers: those of resolv.conf
  std::vector<std::string> expected{};  ///< addresses that `expect` lists; empty: none are unexpected
  std::chrono::steady_clock::time_point deadline{};
};

struct ResolveAnswer {
  std::vector<asio::ip::address> addresses{};  ///< never empty; in the order of RFC 6724, families
                                               ///< interleaved as in RFC 8305 section 4
  std::vector<asio::ip::address> suspect{};    ///< those of them that are an InvalidAddress finding
  bool from_literal = false;
  bool from_cache = false;
  std::chrono::seconds ttl{};           ///< what is left of it; zero for literals and the hosts file
  std::vector<Observation> findings{};  ///< InvalidAddress, UnexpectedAddress, PartialAddresses
};

using ResolveResult = std::expected<ResolveAnswer, Observation>;

struct ResolverOptions {
  std::filesystem::path resolv_conf = "/etc/resolv.conf";
  std::filesystem::path hosts = "/etc/hosts";
  std::chrono::milliseconds reread{2'000};  ///< how often the two files are looked at for change
  std::chrono::seconds max_ttl{3600};       ///< longer lives are cut to this
  std::size_t cache_entries = 65'536;
};

/// Resolves names over c-ares. One per thread; not safe for use from other threads. Its coroutines may
/// outlive it: they end as after stop().
///
/// Order, as the system does it: address literal, hosts file (where nsswitch.conf has it), localhost
/// (RFC 6761), then DNS with the search list and ndots of resolv.conf. Configured servers replace those of
/// resolv.conf, nothing else. gai.conf is not read. Names are sent as given, without IDNA.
///
/// A and AAAA are asked separately. A server that fails, refuses or is silent for a third of the time does
/// not hide the next one; when all fail, the cause is that of the first one that answered, else Timeout.
///
/// Positive answers are shared for the smallest TTL of their chain; negative ones are not kept, because a
/// retry of a failed probe is to see a repaired record. Requests for the same name and servers share a query.
class Resolver {
 public:
  explicit Resolver(asio::io_context& io, ResolverOptions options = {});
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// Errors: NameInvalid, NameNotFound, NoAddress, DnsServerFailure, DnsRefused, DnsCnameLoop, Malformed,
  /// Timeout (also: no server could be reached), InvalidAddress, ResourcesExhausted and SocketDenied (our own
  /// fault), Unclassified after stop() or cancellation. Never throws; never later than the deadline.
  asio::awaitable<ResolveResult> resolve(ResolveRequest request);

  /// Ends every request at once, with Unclassified, and every later one.
  void stop();

 private:
  struct Core;
  std::shared_ptr<Core> core_;
};

/// Takes what no client can connect to out of `answer.addresses` and says so in `answer.findings`:
/// unspecified, 0.0.0.0/8, multicast and broadcast addresses are InvalidAddress, and a failure when nothing
/// else is left. Loopback stays, because a connection can be tried, but is an InvalidAddress finding unless
/// the host is localhost, a literal, or `expected` has the address: then it is suspect. Any address that a
/// non-empty `expected` does not have is an UnexpectedAddress finding.
ResolveResult judge_addresses(const std::string& host, ResolveAnswer answer,
                              const std::vector<std::string>& expected);

}  // namespace rdpwatch::net
