#include <doctest/doctest.h>

#include "tests/net/resolve_fixture.h"

using namespace rdpwatch;
using namespace std::chrono_literals;
using Fixture = test::ResolveFixture;

namespace {

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
