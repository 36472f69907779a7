#include "probes/net/attempt.h"

#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <optional>
#include <vector>

#include <asio/co_spawn.hpp>
#include <doctest/doctest.h>
#include <unistd.h>

#include "probes/net/resolve.h"
#include "probes/net/verdict.h"
#include "tests/net/climb_fixture.h"
#include "tests/net/scripted_peer.h"

namespace rdpwatch::test {
namespace {

constexpr std::uint32_t kSsl = 1;

/// Nothing listens there any more.
std::uint16_t closed_port(asio::io_context& io) { return ScriptedPeer{io, {{}}}.port(); }

Script works() { return {read(), send(confirm(kSsl)), tls(), hold()}; }
Script refuses() { return {read(), send(refusal(2)), hold()}; }

void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

asio::awaitable<void> keep(net::AttemptTask task, std::optional<net::AttemptResult>& into) {
  net::AttemptResult result;
  co_await net::attempt(task, result);
  into = std::move(result);
}

/// Tries on a name with two addresses, 127.0.0.1 and 127.0.0.2 unless told otherwise, from a hosts file of
/// its own.
struct TwoAddresses {
  TwoAddresses() {
    char name[] = "/tmp/rdpwatch-hosts-XXXXXX";
    ::close(::mkstemp(name));
    hosts = name;
    lead_to({"127.0.0.1", "127.0.0.2"});
    module.timeout = std::chrono::milliseconds{1'000};
    options.hosts = hosts;
    options.resolv_conf = "/nonexistent";
  }
  ~TwoAddresses() { std::filesystem::remove(hosts); }

  void lead_to(const std::vector<std::string>& addresses) const {
    std::ofstream file{hosts};
    for (const auto& address : addresses) file << address << " two.test\n";
  }

  ProbeReport run(std::uint16_t port) {
    auto target = std::make_shared<config::Target>();
    target->host = "two.test";
    target->port = port;
    target->module = std::make_shared<const config::Module>(module);
    target->expect = std::make_shared<const config::Expectation>(config::Expectation{.addresses = expected});
    const ProbeRequest request{.target = target, .permit = permit};
    net::ClimbTools tools{io, net::make_tls_context(), net::CertificateCache{8}, {}, net::Lingering{io}};
    net::Resolver resolver{io, options};
    net::Deadline deadline{io};
    const auto until = std::chrono::steady_clock::now() + module.timeout;
    deadline.set(until);
    std::optional<net::AttemptResult> result;
    asio::co_spawn(io, keep({tools, resolver, request, deadline, until}, result), &rethrow);
    while (!result && io.run_one() != 0) continue;
    end = result.value().end;
    return net::judge_attempt(*std::move(result), module.policy, std::chrono::system_clock::now());
  }

  asio::io_context io{1};
  std::filesystem::path hosts;
  net::ResolverOptions options{};
  std::vector<std::string> expected{"127.0.0.1", "127.0.0.2"};  ///< not expected: not the host's
  config::Module module{};
  ConnectionPermit permit{};
  net::AttemptResult::End end{};
};

}  // namespace

TEST_CASE("addresses first: the first that connects is climbed, one before it that did not is a finding") {
  TwoAddresses two;
  ScriptedPeer second{two.io, {works()}, {}, "127.0.0.2"};
  const auto report = two.run(second.port());
  CHECK_FALSE(report.failure);
  CHECK(report.address == "127.0.0.2");
  CHECK(report.phase == Phase::Tls);
  REQUIRE(find(report, "dns_partial_addresses") != nullptr);
  CHECK(find(report, "dns_partial_addresses")->detail.find("127.0.0.1 connect: refused") !=
        std::string::npos);
}

TEST_CASE("addresses first: a second address is left alone when the first connects") {
  TwoAddresses two;
  ScriptedPeer first{two.io, {refuses()}};
  ScriptedPeer second{two.io, {works()}, {}, "127.0.0.2", first.port()};
  const auto report = two.run(first.port());
  CHECK(report.failure->row->reason == "nego_tls_not_allowed");
  CHECK(second.connections() == 0);
}

TEST_CASE("addresses first: when none connects, the first decides and the others are told") {
  TwoAddresses two;
  const auto report = two.run(closed_port(two.io));
  REQUIRE(report.failure);
  CHECK(report.failure->row->reason == "tcp_refused");
  CHECK(report.failure->detail.find("also 127.0.0.2") != std::string::npos);
}

TEST_CASE("addresses all: each is climbed; one that works makes the other a finding") {
  TwoAddresses two;
  two.module.addresses = config::AddressMode::All;
  ScriptedPeer first{two.io, {refuses()}};
  ScriptedPeer second{two.io, {works()}, {}, "127.0.0.2", first.port()};
  const auto report = two.run(first.port());
  CHECK(report.verdict == Verdict::Degraded);
  CHECK(report.address == "127.0.0.2");
  REQUIRE(find(report, "dns_partial_addresses") != nullptr);
  CHECK(first.connections() == 1);
  CHECK(second.connections() == 1);
}

TEST_CASE("addresses all: the worst of those that work decides") {
  TwoAddresses two;
  two.module.addresses = config::AddressMode::All;
  ScriptedPeer first{two.io, {works()}};
  ScriptedPeer second{
      two.io, {works()}, make_certificate({.until = -std::chrono::days{1}}), "127.0.0.2", first.port()};
  const auto report = two.run(first.port());
  CHECK(report.address == "127.0.0.2");
  CHECK(find(report, "cert_expired") != nullptr);
  CHECK(find(report, "dns_partial_addresses") == nullptr);
}

TEST_CASE("addresses all: what the budget forbids is left out and said") {
  TwoAddresses two;
  two.module.addresses = config::AddressMode::All;
  two.permit = [](const std::string& address, std::uint16_t, ConnectionKind) {
    return address == "127.0.0.1";
  };
  ScriptedPeer first{two.io, {refuses()}};
  ScriptedPeer second{two.io, {works()}, {}, "127.0.0.2", first.port()};
  const auto report = two.run(first.port());
  CHECK(second.connections() == 0);
  CHECK(report.failure->detail.find("connection budget: 127.0.0.2") != std::string::npos);
  CHECK(two.end == net::AttemptResult::End::Done);
}

TEST_CASE("impossible address: it is the failure when nothing answers there") {
  TwoAddresses one;
  one.lead_to({"127.0.0.1"});
  one.expected = {};
  const auto report = one.run(closed_port(one.io));
  REQUIRE(report.failure);
  CHECK(report.failure->row->reason == "dns_invalid_address");
  CHECK(report.phase == Phase::Resolve);
  CHECK(report.failure->detail.find("leads to 127.0.0.1, the loopback address") != std::string::npos);
  CHECK(report.failure->detail.find("there: refused") != std::string::npos);
  CHECK(find(report, "dns_invalid_address") == nullptr);
}

TEST_CASE("impossible address: it is a critical finding when RDP answers there, or something else") {
  TwoAddresses one;
  one.lead_to({"127.0.0.1"});
  one.expected = {};
  ScriptedPeer rdp{one.io, {works()}};
  const auto answered = one.run(rdp.port());
  CHECK(answered.verdict == Verdict::Degraded);
  CHECK(answered.phase == Phase::Tls);
  CHECK(answered.decisive_row()->reason == "dns_invalid_address");
  REQUIRE(find(answered, "dns_invalid_address") != nullptr);
  CHECK(find(answered, "dns_invalid_address")->severity == Severity::Critical);

  ScriptedPeer other{one.io, {refuses()}};
  const auto refused = one.run(other.port());
  REQUIRE(refused.failure);
  CHECK(refused.failure->row->reason == "nego_tls_not_allowed");
  CHECK(find(refused, "dns_invalid_address")->severity == Severity::Critical);
}

TEST_CASE("impossible address: one that could be the host's own decides before it") {
  TwoAddresses two;
  two.expected = {"127.0.0.2"};
  const auto closed = two.run(closed_port(two.io));
  REQUIRE(closed.failure);
  CHECK(closed.failure->row->reason == "tcp_refused");
  CHECK(closed.address == "127.0.0.2");
  CHECK(closed.failure->detail.find("also 127.0.0.1 connect: refused") != std::string::npos);
  REQUIRE(find(closed, "dns_invalid_address") != nullptr);
  CHECK(find(closed, "dns_invalid_address")->severity == Severity::Critical);

  two.module.addresses = config::AddressMode::All;
  ScriptedPeer second{two.io, {refuses()}, {}, "127.0.0.2"};
  const auto later = two.run(second.port());
  REQUIRE(later.failure);
  CHECK(later.failure->row->reason == "nego_tls_not_allowed");  // of a later phase than 127.0.0.1
}

TEST_CASE("impossible address: one that was left out has no part in what an expected one does") {
  TwoAddresses two;
  two.lead_to({"0.0.0.0", "127.0.0.1"});
  const auto report = two.run(closed_port(two.io));
  REQUIRE(report.failure);
  CHECK(report.failure->row->reason == "tcp_refused");
  REQUIRE(find(report, "dns_invalid_address") != nullptr);
  CHECK(find(report, "dns_invalid_address")->detail ==
        "two.test leads also to 0.0.0.0, where no host can be");
}

}  // namespace rdpwatch::test
