#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include "probes/net/resolve.h"
#include "tests/support/dns_server.h"
#include "tests/support/scratch_folder.h"

namespace rdpwatch::test {

/// What one resolve() gave, and when.
struct Resolution {
  std::optional<net::ResolveResult> value{};
  std::chrono::steady_clock::duration took{};

  bool ok() const { return value && value->has_value(); }
  Cause cause() const { return value && !value->has_value() ? value->error().cause : Cause::Unclassified; }
  std::string detail() const { return value && !value->has_value() ? value->error().detail : ""; }
  std::string addresses() const {
    std::string text;
    if (ok())
      for (const auto& one : (*value)->addresses) text += (text.empty() ? "" : " ") + one.to_string();
    return text;
  }
  std::size_t findings(Cause wanted) const {
    if (!ok()) return 0;
    return static_cast<std::size_t>(std::ranges::count((*value)->findings, wanted, &Observation::cause));
  }
};

inline asio::awaitable<void> run_one(net::Resolver& resolver, net::ResolveRequest request,
                                     std::shared_ptr<Resolution> result) {
  const auto begin = std::chrono::steady_clock::now();
  result->value = co_await resolver.resolve(std::move(request));
  result->took = std::chrono::steady_clock::now() - begin;
}

/// A resolver whose system files are this test's own.
struct ResolveFixture {
  ResolveFixture() {
    write("hosts", "");
    write("resolv.conf", "nameserver 127.0.0.1\n");
  }

  void write(const std::string& file, const std::string& text) const { folder.write(file, text); }

  void make(std::size_t cache_entries = 100) {
    resolver =
        std::make_unique<net::Resolver>(io, net::ResolverOptions{.resolv_conf = folder.path("resolv.conf"),
                                                                 .hosts = folder.path("hosts"),
                                                                 .reread = std::chrono::milliseconds{0},
                                                                 .cache_entries = cache_entries});
  }

  std::shared_ptr<Resolution> begin(const std::string& host,
                                    std::chrono::milliseconds limit = std::chrono::seconds{3},
                                    std::vector<std::string> servers = {},
                                    std::vector<std::string> expected = {}) {
    if (!resolver) make();
    if (servers.empty()) servers = {peer.address()};
    auto result = std::make_shared<Resolution>();
    net::ResolveRequest request{
        host, {std::move(servers)}, std::move(expected), std::chrono::steady_clock::now() + limit};
    asio::co_spawn(io, run_one(*resolver, std::move(request), result), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    return result;
  }

  void wait(const std::vector<std::shared_ptr<Resolution>>& results) {
    while (!std::ranges::all_of(results, [](const auto& one) { return one->value.has_value(); }))
      io.run_one();
  }

  Resolution resolve(const std::string& host, std::chrono::milliseconds limit = std::chrono::seconds{3},
                     std::vector<std::string> servers = {}, std::vector<std::string> expected = {}) {
    auto result = begin(host, limit, std::move(servers), std::move(expected));
    wait({result});
    return *result;
  }

  ScratchFolder folder{};
  asio::io_context io{};
  DnsServerPeer peer{io};
  std::unique_ptr<net::Resolver> resolver{};
};

}  // namespace rdpwatch::test
