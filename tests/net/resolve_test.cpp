#include "probes/net/resolve.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <asio/use_awaitable.hpp>
#include <doctest/doctest.h>
#include <unistd.h>

#include "tests/support/dns_server.h"

using namespace rdpwatch;
using namespace rdpwatch::net;
using namespace std::chrono_literals;
using test::DnsServerPeer;

namespace {

using Clock = std::chrono::steady_clock;

/// What one resolve() gave, and when.
struct Result {
  std::optional<ResolveResult> value{};
  Clock::duration took{};

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

asio::awaitable<void> run_one(Resolver& resolver, ResolveRequest request, std::shared_ptr<Result> result) {
  const auto begin = Clock::now();
  result->value = co_await resolver.resolve(std::move(request));
  result->took = Clock::now() - begin;
}

/// A resolver whose system files are this test's own.
struct Fixture {
  Fixture() {
    char name[] = "/tmp/rdpwatch-resolve-XXXXXX";
    folder = ::mkdtemp(name);
    write("hosts", "");
    write("resolv.conf", "nameserver 127.0.0.1\n");
  }
  ~Fixture() { std::filesystem::remove_all(folder); }

  void write(const std::string& file, const std::string& text) const { std::ofstream{folder / file} << text; }

  void make(std::size_t cache_entries = 100) {
    resolver = std::make_unique<Resolver>(io, ResolverOptions{.resolv_conf = folder / "resolv.conf",
                                                              .hosts = folder / "hosts",
                                                              .reread = 0ms,
                                                              .cache_entries = cache_entries});
  }

  std::shared_ptr<Result> begin(const std::string& host, std::chrono::milliseconds limit = 3s,
                                std::vector<std::string> servers = {},
                                std::vector<std::string> expected = {}) {
    if (!resolver) make();
    if (servers.empty()) servers = {peer.address()};
    auto result = std::make_shared<Result>();
    ResolveRequest request{host, {std::move(servers)}, std::move(expected), Clock::now() + limit};
    asio::co_spawn(io, run_one(*resolver, std::move(request), result), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    return result;
  }

  void wait(const std::vector<std::shared_ptr<Result>>& results) {
    while (!std::ranges::all_of(results, [](const auto& one) { return one->value.has_value(); }))
      io.run_one();
  }

  Result resolve(const std::string& host, std::chrono::milliseconds limit = 3s,
                 std::vector<std::string> servers = {}, std::vector<std::string> expected = {}) {
    auto result = begin(host, limit, std::move(servers), std::move(expected));
    wait({result});
    return *result;
  }

  std::filesystem::path folder{};
  asio::io_context io{};
  DnsServerPeer peer{io};
  std::unique_ptr<Resolver> resolver{};
};

/// A port of 127.0.0.1 where nothing listens.
std::string closed_port(asio::io_context& io) {
  asio::ip::udp::socket socket{io, {asio::ip::address_v4::loopback(), 0}};
  return "127.0.0.1:" + std::to_string(socket.local_endpoint().port());
}

std::vector<test::DnsRecord> chain(std::size_t links, const std::string& address) {
  std::vector<test::DnsRecord> records;
  const auto name = [](std::size_t i) {
    return i == 0 ? std::string{"a.test"} : "a" + std::to_string(i) + ".test";
  };
  for (std::size_t i = 0; i < links; ++i) records.push_back({name(i), "CNAME", name(i + 1)});
  records.push_back({name(links), "A", address});
  return records;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "resolve: A and AAAA of a name are asked and given together") {
  peer.script("a.test",
              {.records = {{"a.test", "A", "10.0.0.1", 60}, {"a.test", "AAAA", "2001:db8::1", 20}}});
  const auto result = resolve("a.test");
  REQUIRE(result.ok());
  CHECK((*result.value)->addresses.size() == 2);
  CHECK((*result.value)->ttl == 20s);
  CHECK((*result.value)->findings.empty());
  CHECK(peer.questions.size() == 2);
}

TEST_CASE_FIXTURE(Fixture,
                  "resolve: every response code is its own cause, with server and code in the detail") {
  struct Row {
    std::uint8_t code;
    Cause cause;
    const char* text;
  };
  for (const auto& row :
       {Row{0, Cause::NoAddress, "no such record"}, Row{1, Cause::DnsServerFailure, "FORMERR"},
        Row{2, Cause::DnsServerFailure, "SERVFAIL"}, Row{3, Cause::NameNotFound, "NXDOMAIN"},
        Row{4, Cause::DnsServerFailure, "NOTIMP"}, Row{5, Cause::DnsRefused, "REFUSED"},
        Row{11, Cause::DnsServerFailure, "rcode 11"}}) {
    CAPTURE(row.text);
    peer.script("a.test", {.code = row.code});
    const auto result = resolve("a.test");
    CHECK(result.cause() == row.cause);
    CHECK(result.detail() == "a.test: name server " + peer.address() + ": " + row.text);
    if (row.code != 0) CHECK(result.value->error().code == row.code);
    CHECK(result.took < 1s);
  }
}

TEST_CASE_FIXTURE(Fixture, "resolve: one family without data is nothing to remark") {
  peer.script("a.test", "AAAA", {.records = {{"a.test", "AAAA", "2001:db8::1"}}});
  const auto result = resolve("a.test");
  CHECK(result.addresses() == "2001:db8::1");
  CHECK((*result.value)->findings.empty());
}

TEST_CASE_FIXTURE(Fixture, "resolve: an answer for one family only succeeds with a finding") {
  peer.script("a.test", "A", {.records = {{"a.test", "A", "10.0.0.1"}}});
  peer.script("a.test", "AAAA", {.code = 2});
  const auto result = resolve("a.test");
  CHECK(result.addresses() == "10.0.0.1");
  REQUIRE(result.findings(Cause::PartialAddresses) == 1);
  CHECK((*result.value)->findings[0].detail == "AAAA: name server " + peer.address() + ": SERVFAIL");
}

TEST_CASE_FIXTURE(Fixture, "resolve: a silent AAAA delays a good A by half of its time at most") {
  peer.script("a.test", "A", {.records = {{"a.test", "A", "10.0.0.1"}}});
  peer.script("a.test", "AAAA", {.mute = true});
  const auto result = resolve("a.test", 3s);  // first try: 1 s
  CHECK(result.addresses() == "10.0.0.1");
  CHECK(result.findings(Cause::PartialAddresses) == 1);
  CHECK(result.took < 2500ms);
}

TEST_CASE_FIXTURE(Fixture, "resolve: a mute server is a time-out at the deadline") {
  peer.otherwise.mute = true;
  const auto result = resolve("a.test", 300ms);
  CHECK(result.cause() == Cause::Timeout);
  CHECK(result.detail() == "a.test: name server " + peer.address() + ": no answer within 0.3 s");
  CHECK(result.took >= 290ms);
  CHECK(result.took < 2s);
  CHECK(peer.questions.size() <= 4);  // two tries for each type: no storm
}

TEST_CASE_FIXTURE(Fixture, "resolve: a lost question is asked again within the deadline") {
  peer.script("a.test", {.records = {{"a.test", "A", "10.0.0.1"}}, .mute_first = 1});
  const auto result = resolve("a.test", 300ms);
  CHECK(result.addresses() == "10.0.0.1");
  CHECK((*result.value)->findings.empty());
}

TEST_CASE_FIXTURE(Fixture, "resolve: an answer to the first try counts after the second has left") {
  peer.script("a.test", {.records = {{"a.test", "A", "10.0.0.1"}}, .hold = true});
  peer.on_question = [this] {
    if (peer.questions.size() == 3) peer.release();
  };
  const auto result = resolve("a.test", 300ms);
  CHECK(result.addresses() == "10.0.0.1");
}

TEST_CASE_FIXTURE(Fixture, "resolve: a port where nothing listens is said so, at once") {
  const auto server = closed_port(io);
  const auto result = resolve("a.test", 3s, {server});
  CHECK(result.cause() == Cause::Timeout);
  CHECK(result.detail() == "a.test: name server " + server + ": connection refused");
  CHECK(result.took < 1s);
}

TEST_CASE_FIXTURE(Fixture, "resolve: a broken first server does not hide a good second one") {
  DnsServerPeer good{io};
  good.otherwise.records = {{"a.test", "A", "10.0.0.1", 0}};
  for (const int code : {1, 2, 4, 5}) {
    CAPTURE(code);
    peer.otherwise.code = static_cast<std::uint8_t>(code);
    const auto result = resolve("a.test", 3s, {peer.address(), good.address()});
    CHECK(result.addresses() == "10.0.0.1");
    CHECK(result.took < 500ms);
  }
  peer.otherwise = {.cut_short = true};
  peer.otherwise.records = {{"a.test", "A", "10.0.0.9"}, {"a.test", "AAAA", "2001:db8::9"}};
  CHECK(resolve("a.test", 3s, {peer.address(), good.address()}).addresses() == "10.0.0.1");
  CHECK(resolve("a.test", 3s, {closed_port(io), good.address()}).addresses() == "10.0.0.1");
  peer.otherwise = {.mute = true};
  const auto result = resolve("a.test", 600ms, {peer.address(), good.address()});
  CHECK(result.addresses() == "10.0.0.1");
  CHECK(result.took < 450ms);
}

TEST_CASE_FIXTURE(Fixture, "resolve: when all servers fail the one that answered names the cause") {
  DnsServerPeer second{io};
  peer.otherwise.mute = true;
  second.otherwise.code = 5;
  auto result = resolve("a.test", 600ms, {peer.address(), second.address()});
  CHECK(result.cause() == Cause::DnsRefused);
  CHECK(result.detail() == "a.test: name server " + peer.address() +
                               ": no answer within 0.6 s; name server " + second.address() + ": REFUSED");
  peer.otherwise = {.code = 2};
  result = resolve("a.test", 600ms, {peer.address(), second.address()});
  CHECK(result.cause() == Cause::DnsServerFailure);
  CHECK(result.detail() == "a.test: name server " + peer.address() + ": SERVFAIL; name server " +
                               second.address() + ": REFUSED");
}

TEST_CASE_FIXTURE(Fixture, "resolve: NXDOMAIN of the first server is final") {
  DnsServerPeer second{io};
  peer.otherwise.code = 3;
  CHECK(resolve("a.test", 3s, {peer.address(), second.address()}).cause() == Cause::NameNotFound);
  CHECK(second.questions.empty());
}

TEST_CASE_FIXTURE(Fixture, "resolve: answers that cannot be read are malformed") {
  peer.otherwise = {.records = {{"a.test", "A", "10.0.0.9"}, {"a.test", "AAAA", "2001:db8::9"}},
                    .cut_short = true};
  CHECK(resolve("a.test").cause() == Cause::Malformed);
  peer.otherwise = {.as_question = true};
  CHECK(resolve("a.test").cause() == Cause::Malformed);
}

TEST_CASE_FIXTURE(Fixture, "resolve: an answer with another id is no answer") {
  peer.otherwise = {.records = {{"a.test", "A", "10.0.0.9"}}, .wrong_id = true};
  CHECK(resolve("a.test", 300ms).cause() == Cause::Timeout);
}

TEST_CASE_FIXTURE(Fixture, "resolve: a truncated answer is asked for again over TCP") {
  test::DnsScript script{.truncated = true};
  for (int i = 1; i <= 60; ++i) script.records.push_back({"a.test", "A", "10.0.0." + std::to_string(i)});
  peer.script("a.test", script);
  const auto result = resolve("a.test");
  REQUIRE(result.ok());
  CHECK((*result.value)->addresses.size() == 60);
  CHECK(peer.tcp_questions == 2);
}

TEST_CASE_FIXTURE(Fixture, "resolve: a truncated answer that TCP does not mend is malformed") {
  const auto begins = "a.test: name server " + peer.address() + ": malformed: truncated answer, and ";
  peer.otherwise = {.truncated = true, .close_tcp = true};
  CHECK(resolve("a.test").cause() == Cause::Malformed);
  CHECK(resolve("a.test").detail().starts_with(begins));
  peer.otherwise = {.truncated = true, .mute_tcp = true};
  CHECK(resolve("a.test", 300ms).detail() == begins + "no answer over TCP");
  peer.refuse_tcp();
  const auto result = resolve("a.test");
  CHECK(result.cause() == Cause::Malformed);
  CHECK(result.detail() == begins + "over TCP: connection refused");
}

TEST_CASE_FIXTURE(Fixture, "resolve: alias loops and endless chains are told from names without address") {
  peer.script("a.test", {.records = {{"a.test", "CNAME", "b.test"}, {"b.test", "CNAME", "a.test"}}});
  CHECK(resolve("a.test").cause() == Cause::DnsCnameLoop);
  peer.script("a.test", {.records = chain(17, "10.0.0.1")});
  CHECK(resolve("a.test").cause() == Cause::DnsCnameLoop);
  peer.script("a.test", {.records = chain(16, "10.0.0.1")});
  CHECK(resolve("a.test").addresses() == "10.0.0.1");
}

TEST_CASE_FIXTURE(Fixture, "resolve: an alias that leads nowhere names its end") {
  peer.script("a.test", {.code = 3, .records = {{"a.test", "CNAME", "gone.test"}}});
  const auto result = resolve("a.test");
  CHECK(result.cause() == Cause::NameNotFound);
  CHECK(result.detail().find("NXDOMAIN (alias of gone.test)") != std::string::npos);
}

TEST_CASE_FIXTURE(Fixture, "resolve: names that cannot exist are not asked for") {
  for (const auto* name : {"a..b", "a b", "10.0.0.256", ""})
    CHECK(resolve(name).cause() == Cause::NameInvalid);
  CHECK(peer.questions.empty());
}

TEST_CASE_FIXTURE(Fixture, "resolve: literals skip DNS, and are judged") {
  auto result = resolve("192.0.2.1");
  CHECK(result.addresses() == "192.0.2.1");
  CHECK((*result.value)->from_literal);
  CHECK(resolve("2001:db8::1").addresses() == "2001:db8::1");
  result = resolve("127.0.0.1");
  CHECK(result.findings(Cause::InvalidAddress) == 0);
  CHECK(resolve("0.0.0.0").cause() == Cause::InvalidAddress);
  CHECK(peer.questions.empty());
}

TEST_CASE_FIXTURE(Fixture, "resolve: addresses where no host can be are a finding, alone a failure") {
  for (const auto* bad : {"0.0.0.0", "0.1.2.3", "224.0.0.1", "255.255.255.255"}) {
    CAPTURE(bad);
    peer.script("a.test", {.records = {{"a.test", "A", bad, 0}}});
    CHECK(resolve("a.test").cause() == Cause::InvalidAddress);
    peer.script("a.test", {.records = {{"a.test", "A", bad, 0}, {"a.test", "A", "10.0.0.1", 0}}});
    const auto result = resolve("a.test");
    CHECK(result.addresses() == "10.0.0.1");
    CHECK(result.findings(Cause::InvalidAddress) == 1);
  }
  peer.script("a.test", {.records = {{"a.test", "AAAA", "::", 0}, {"a.test", "AAAA", "ff02::1", 0}}});
  CHECK(resolve("a.test").cause() == Cause::InvalidAddress);
}

TEST_CASE_FIXTURE(Fixture, "resolve: loopback is a finding unless it is meant") {
  peer.script("a.test", {.records = {{"a.test", "A", "127.0.0.5", 0}}});
  CHECK(resolve("a.test").findings(Cause::InvalidAddress) == 1);
  CHECK(resolve("a.test", 3s, {}, {"127.0.0.5"}).findings(Cause::InvalidAddress) == 0);
  peer.script("b.test", {.records = {{"b.test", "A", "127.0.0.5", 0}, {"b.test", "A", "0.0.0.0", 0}}});
  const auto both = resolve("b.test");
  REQUIRE(both.findings(Cause::InvalidAddress) == 1);  // a reason is named once
  CHECK((*both.value)->findings[0].detail ==
        "b.test leads also to 0.0.0.0, where no host can be, to 127.0.0.5, the loopback address of every "
        "client itself");
  CHECK((*both.value)->suspect == (*both.value)->addresses);
  const auto local = resolve("localhost");
  REQUIRE(local.ok());
  CHECK((*local.value)->findings.empty());
}

TEST_CASE_FIXTURE(Fixture, "resolve: an address that is not expected is a finding") {
  peer.script("a.test", {.records = {{"a.test", "A", "10.0.0.1", 60}}});
  CHECK(resolve("a.test", 3s, {}, {"10.0.0.1", "10.0.0.2"}).findings(Cause::UnexpectedAddress) == 0);
  const auto result = resolve("a.test", 3s, {}, {"10.0.0.2"});
  CHECK((*result.value)->from_cache);  // expectations are not part of what is shared
  REQUIRE(result.findings(Cause::UnexpectedAddress) == 1);
  CHECK((*result.value)->findings[0].detail == "a.test leads to 10.0.0.1, expected 10.0.0.2");
}

TEST_CASE_FIXTURE(Fixture, "resolve: an answer is shared for its TTL, a TTL of zero is not") {
  peer.script("a.test", {.records = {{"a.test", "A", "10.0.0.1", 60}}});
  peer.script("b.test", {.records = {{"b.test", "A", "10.0.0.2", 0}}});
  CHECK_FALSE((*resolve("a.test").value)->from_cache);
  const auto again = resolve("A.Test");
  CHECK((*again.value)->from_cache);
  CHECK((*again.value)->ttl <= 60s);
  CHECK(peer.questions.size() == 2);
  resolve("b.test");
  CHECK_FALSE((*resolve("b.test").value)->from_cache);
  CHECK(peer.questions.size() == 6);
}

TEST_CASE_FIXTURE(Fixture, "resolve: the cache is per server set, and bounded") {
  DnsServerPeer other{io};
  peer.otherwise.records = {{"a.test", "A", "10.0.0.1"}};
  other.otherwise.records = {{"a.test", "A", "10.0.0.2"}};
  make(1);
  CHECK(resolve("a.test").addresses() == "10.0.0.1");
  CHECK(resolve("a.test", 3s, {other.address()}).addresses() == "10.0.0.2");
  CHECK_FALSE((*resolve("a.test").value)->from_cache);  // one entry only: the other one took its place
}

TEST_CASE_FIXTURE(Fixture, "resolve: an answer lives for no longer than its TTL") {
  peer.script("a.test", {.records = {{"a.test", "A", "10.0.0.1", 1}}});
  const auto first = resolve("a.test");
  CHECK((*resolve("a.test").value)->from_cache);
  asio::steady_timer life{io, 1050ms};
  bool over = false;
  life.async_wait([&](asio::error_code) { over = true; });
  while (!over) io.run_one();
  CHECK_FALSE((*resolve("a.test").value)->from_cache);
}

TEST_CASE_FIXTURE(Fixture, "resolve: failures are asked again") {
  peer.script("a.test", {.code = 3});
  CHECK(resolve("a.test").cause() == Cause::NameNotFound);
  peer.script("a.test", {.records = {{"a.test", "A", "10.0.0.1"}}});
  CHECK(resolve("a.test").addresses() == "10.0.0.1");
}

TEST_CASE_FIXTURE(Fixture, "resolve: requests for one name share its questions, each with its own deadline") {
  peer.script("a.test", {.records = {{"a.test", "A", "10.0.0.1"}}, .hold = true});
  const auto patient = begin("a.test", 5s);
  const auto hasty = begin("a.test", 50ms);
  wait({hasty});
  CHECK(hasty->cause() == Cause::Timeout);
  CHECK_FALSE(patient->value.has_value());
  peer.release();
  wait({patient});
  CHECK(patient->addresses() == "10.0.0.1");
  CHECK(peer.questions.size() == 2);
}

TEST_CASE_FIXTURE(Fixture, "resolve: who joins a look-up that gives up early asks again") {
  peer.script("a.test", {.mute = true});
  const auto hasty = begin("a.test", 300ms);
  const auto patient = begin("a.test", 3s);
  wait({hasty});
  CHECK(hasty->cause() == Cause::Timeout);
  peer.script("a.test", {.records = {{"a.test", "A", "10.0.0.1"}}});
  wait({patient});
  CHECK(patient->addresses() == "10.0.0.1");
}

TEST_CASE_FIXTURE(Fixture, "resolve: the hosts file comes before DNS and is read again when it changes") {
  write("hosts", "10.9.9.1 rds01 rds01.corp.example # old\n10.9.9.2 RDS01\nnonsense rds02\n");
  CHECK(resolve("rds01").addresses() == "10.9.9.1 10.9.9.2");
  CHECK(resolve("RDS01.corp.example.").addresses() == "10.9.9.1");
  write("hosts", "10.9.9.33 rds01\n");
  CHECK(resolve("rds01").addresses() == "10.9.9.33");
  CHECK(peer.questions.empty());
}

TEST_CASE_FIXTURE(Fixture, "resolve: short names go through the search list of resolv.conf") {
  write("resolv.conf", "nameserver 127.0.0.1\nsearch one.test two.test\noptions ndots:2\n");
  peer.otherwise.code = 3;
  peer.script("rds01.two.test", {.records = {{"rds01.two.test", "A", "10.0.0.1"}}});
  CHECK(resolve("rds01").addresses() == "10.0.0.1");
  const auto missing = resolve("rds02");
  CHECK(missing.cause() == Cause::NameNotFound);
  CHECK(missing.detail() ==
        "rds02: name server " + peer.address() + ": NXDOMAIN; also tried rds02.one.test, rds02.two.test");
  peer.script("rds03.one.test", {});  // exists, without address
  CHECK(resolve("rds03").cause() == Cause::NoAddress);
}

TEST_CASE_FIXTURE(Fixture, "resolve: a changed resolv.conf forgets what was learnt before") {
  peer.otherwise.code = 3;
  peer.script("rds01.one.test", {.records = {{"rds01.one.test", "A", "10.0.0.1"}}});
  peer.script("rds01.two.test", {.records = {{"rds01.two.test", "A", "10.0.0.2"}}});
  write("resolv.conf", "nameserver 127.0.0.1\nsearch one.test\n");
  CHECK(resolve("rds01").addresses() == "10.0.0.1");
  write("resolv.conf", "nameserver 127.0.0.1\nsearch two.test  \n");
  CHECK(resolve("rds01").addresses() == "10.0.0.2");
}

TEST_CASE_FIXTURE(Fixture, "resolve: a silent server delays no name of another") {
  DnsServerPeer good{io};
  peer.otherwise.mute = true;
  good.otherwise.records = {};
  std::vector<std::shared_ptr<Result>> silent, all;
  for (int i = 0; i < 300; ++i) silent.push_back(begin("dead" + std::to_string(i) + ".test", 3s));
  for (int i = 0; i < 300; ++i) {
    const auto name = "ok" + std::to_string(i) + ".test";
    good.script(name, {.records = {{name, "A", "10.0.0.1"}}});
    all.push_back(begin(name, 20s, {good.address()}));
  }
  wait(all);
  CHECK(std::ranges::none_of(silent, [](const auto& one) { return one->value.has_value(); }));
  wait(silent);
  for (const auto& one : silent) {
    CHECK(one->cause() == Cause::Timeout);
    CHECK(one->took >= 2900ms);
  }
}

TEST_CASE_FIXTURE(Fixture, "resolve: thousands of names at once overrun nothing") {
  std::vector<std::shared_ptr<Result>> all;
  for (int i = 0; i < 1500; ++i) {
    const auto name = "ok" + std::to_string(i) + ".test";
    peer.script(name, {.records = {{name, "A", "10.0.0.1"}}});
    all.push_back(begin(name, 30s));
  }
  wait(all);
  CHECK(std::ranges::all_of(all, [](const auto& one) { return one->ok(); }));
  CHECK(peer.questions.size() == 3000);  // none was asked twice: none was lost
}

TEST_CASE_FIXTURE(Fixture, "resolve: stop ends what runs and what comes") {
  peer.otherwise.mute = true;
  const auto one = begin("a.test"), two = begin("b.test");
  while (peer.questions.size() < 4) io.run_one();
  resolver->stop();
  wait({one, two});
  CHECK(one->cause() == Cause::Unclassified);
  CHECK(one->took < 1s);
  CHECK(resolve("c.test").cause() == Cause::Unclassified);
}

TEST_CASE_FIXTURE(Fixture, "resolve: requests outlive their resolver, and answers the requests") {
  peer.otherwise = {.hold = true};
  const auto one = begin("a.test"), two = begin("b.test");
  while (peer.questions.size() < 4) io.run_one();
  peer.release();  // on their way while the resolver goes
  resolver.reset();
  wait({one, two});
  CHECK(one->cause() == Cause::Unclassified);
  CHECK(two->cause() == Cause::Unclassified);
  io.poll();
}

TEST_CASE("resolve: an event loop that ends with requests under way frees them") {
  auto fixture = std::make_unique<Fixture>();
  fixture->peer.otherwise.mute = true;
  const auto one = fixture->begin("a.test");
  while (fixture->peer.questions.size() < 2) fixture->io.run_one();
  fixture.reset();
  CHECK_FALSE(one->value.has_value());
}
