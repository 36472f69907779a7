#include "daemon/vantage/interception.h"

#include <doctest/doctest.h>

#include "tests/support/fake_records.h"

using namespace std::chrono_literals;
using namespace rdpwatch;
using namespace rdpwatch::daemon::vantage;

namespace {

struct Hosts {
  explicit Hosts(std::size_t count) : config{test::fake_config(count)} {}

  /// Host `i` shows the certificate `print` of `issuer` where it showed `before`; empty: nothing yet.
  void shows(std::size_t i, const std::string& before, const std::string& print, const std::string& issuer) {
    const auto report = test::healthy_report(*config->targets[i], i);
    Certificate shown, old;
    shown.fingerprint_sha256 = print;
    shown.issuer = issuer;
    old.fingerprint_sha256 = before;
    report->tls->certificate = std::make_shared<const Certificate>(shown);
    if (!addresses.empty()) report->resolve = ResolveEvidence{.addresses = addresses};
    core.observe(*report, before.empty() ? nullptr : &old, now);
  }
  State state(std::size_t certificates) {
    last = core.look(certificates, now);
    return last.state;
  }

  std::shared_ptr<config::Config> config;
  TimePoint now{1'795'000'000s};
  std::vector<std::string> addresses{};  ///< that the name leads to; empty: as the report has it
  Interception core{};
  Look last{};
};

}  // namespace

TEST_CASE("interception: certificates that change together are somebody's between") {
  Hosts hosts{6};
  for (std::size_t i = 0; i < 2; ++i) hosts.shows(i, "old", "new", "CN=Inspector");
  CHECK(hosts.state(4) == State::Sound);
  hosts.now += 5min;
  hosts.shows(2, "old", "new", "CN=Inspector");
  CHECK(hosts.state(6) == State::Disturbed);
  CHECK(hosts.last.detail == "certificates of 3 of 6 hosts changed together, 3 to the issuer CN=Inspector");
  CHECK(hosts.state(7) == State::Sound);  // most others kept theirs
  hosts.now += 10min + 1s;                // the first two are long ago
  CHECK(hosts.state(6) == State::Sound);
}

TEST_CASE("interception: renewals one by one, first sights and the same host under many ids are not") {
  Hosts hosts{6};
  for (std::size_t i = 0; i < 6; ++i) {
    hosts.shows(i, "old", "new", "CN=corp");
    hosts.now += 8min;
    CHECK(hosts.state(6) == State::Sound);
  }
  Hosts fresh{4};
  for (std::size_t i = 0; i < 4; ++i) fresh.shows(i, "", "first", "CN=corp");
  for (std::size_t i = 0; i < 4; ++i) fresh.shows(i, "first", "first", "CN=corp");
  CHECK(fresh.state(4) == State::Sound);
  Hosts one{4};
  for (auto& each : one.config->targets) {
    auto target = *each;
    target.host = "rds.example";
    each = std::make_shared<const config::Target>(std::move(target));
  }
  for (std::size_t i = 0; i < 4; ++i) one.shows(i, "old", "new", "CN=corp");
  CHECK(one.state(4) == State::Sound);
}

TEST_CASE("interception: a name that leads to several hosts, and a host that goes back, have not changed") {
  Hosts several{6};
  for (std::size_t i = 0; i < 6; ++i) {
    several.addresses = {"10.0.0.1", "10.0.0.2"};
    several.shows(i, "one", "other", "CN=corp");
  }
  CHECK(several.state(6) == State::Sound);
  Hosts both{6};
  for (std::size_t i = 0; i < 6; ++i) {
    both.addresses = {"10.0.0.1", "2001:db8::1"};
    both.shows(i, "one", "other", "CN=corp");
  }
  CHECK(both.state(6) == State::Disturbed);
  for (std::size_t i = 0; i < 6; ++i) both.shows(i, "other", "one", "CN=corp");
  CHECK(both.state(6) == State::Sound);
}

TEST_CASE(
    "interception: a few hosts behind an inspector of their own are not the place, nor are they for ever") {
  Hosts hosts{10};
  for (std::size_t i = 0; i < 3; ++i) hosts.shows(i, "", "made", "CN=FortiGate CA");
  CHECK(hosts.state(7) == State::Sound);
  CHECK(hosts.state(6) == State::Disturbed);
  hosts.now += Interception::kTogether + 1s;  // nobody has seen them since
  CHECK(hosts.state(6) == State::Sound);
}

TEST_CASE("interception: the authority of a virus scanner shows at first sight") {
  Hosts hosts{4};
  const auto kEset = "CN=ESET SSL Filter CA,O=ESET, spol. s r. o.,C=SK";
  for (std::size_t i = 0; i < 2; ++i) hosts.shows(i, "", "made", kEset);
  CHECK(hosts.state(4) == State::Sound);
  hosts.shows(2, "", "made", kEset);
  CHECK(hosts.state(4) == State::Disturbed);
  hosts.shows(0, "made", "own", "CN=rds01");  // it was taken out of the way
  CHECK(hosts.state(4) == State::Sound);
  hosts.shows(3, "", "made", kEset);
  CHECK(hosts.state(4) == State::Disturbed);
  hosts.core.keep([&](std::string_view id) { return id != hosts.config->targets[3]->id; });
  CHECK(hosts.state(4) == State::Sound);
}

TEST_CASE("interception: too few certificates, or a clock that was set back, say nothing") {
  Hosts hosts{4};
  CHECK(hosts.state(2) == State::Unknown);
  for (std::size_t i = 0; i < 4; ++i) hosts.shows(i, "old", "new", "CN=x");
  CHECK(hosts.state(4) == State::Disturbed);
  hosts.now -= 1h;
  CHECK(hosts.state(4) == State::Sound);
}

TEST_CASE("interception: names of inspectors") {
  CHECK(is_inspector("CN=Zscaler Root CA,O=Zscaler Inc.,C=US"));
  CHECK(is_inspector("CN=FortiGate CA,OU=Certificate Authority,O=Fortinet"));
  CHECK(is_inspector("CN=DO_NOT_TRUST_FiddlerRoot"));
  CHECK_FALSE(is_inspector("CN=Corp Issuing CA 2"));
  CHECK_FALSE(is_inspector("CN=FORTUNE-DC01"));
  CHECK_FALSE(is_inspector(""));
}
