#include "daemon/notify/alerts.h"

#include <algorithm>
#include <chrono>

#include <doctest/doctest.h>

#include "tests/notify/book_fixture.h"

using namespace rdpwatch;
using namespace rdpwatch::test;
using namespace std::chrono_literals;
using daemon::notify::AlertKind;

TEST_CASE(
    "alerts: a host is down after three minutes, from its first failure, and up five minutes after the "
    "last") {
  Watched watched;
  const auto first_failure = watched.now;
  watched.fails();
  watched.pass_time(2min + 59s);
  watched.fails();
  CHECK(watched.news().empty());
  CHECK(watched.book.counts().pending[2] == 1);
  watched.pass_time(1s);
  CHECK(watched.news() == Names{"RdpHostDown"});
  CHECK(watched.changes[0].starts_at == first_failure);
  CHECK(watched.book.counts().firing[2] == 1);
  CHECK(watched.book.counts().pending[2] == 0);
  watched.pass_time(10min);
  CHECK(watched.news().empty());  // sending it again is the queue's

  const auto recovery = watched.now;
  watched.passes();
  watched.pass_time(4min + 59s);
  CHECK(watched.news().empty());
  watched.pass_time(1s);
  CHECK(watched.news() == Names{"-RdpHostDown"});
  CHECK(watched.changes[0].starts_at == first_failure);
  CHECK(watched.changes[0].ended == recovery);
  CHECK(watched.changes[0].text->annotations.find("tcp_timeout") != std::string::npos);
  CHECK(watched.book.counts().firing[2] == 0);
  watched.pass_time(14min);
  CHECK(watched.book.all().size() == 1);
  watched.pass_time(1min);
  CHECK(watched.book.all().empty());
}

TEST_CASE("alerts: a short failure, and one that is interrupted, are not told") {
  Watched watched;
  watched.fails();
  watched.pass_time(2min);
  watched.passes();
  watched.pass_time(10min);
  watched.fails();
  watched.pass_time(2min);
  watched.passes();
  watched.pass_time(10s);
  watched.fails();
  watched.pass_time(2min);
  CHECK(watched.news().empty());
}

TEST_CASE("alerts: a failure while it keeps firing goes on as the same alert") {
  Watched watched;
  const auto first_failure = watched.now;
  watched.fails();
  watched.pass_time(3min);
  CHECK(watched.news() == Names{"RdpHostDown"});
  watched.passes();
  watched.pass_time(4min);
  watched.fails();
  watched.pass_time(20min);
  CHECK(watched.news().empty());
  REQUIRE(watched.book.all().size() == 1);
  CHECK(watched.book.all()[0].starts_at == first_failure);
}

TEST_CASE("alerts: another reason changes the words, not the clock and not the identity") {
  Watched watched;
  const auto first_failure = watched.now;
  watched.fails();
  watched.pass_time(2min);
  watched.fails(0, Cause::Refused);
  watched.pass_time(1min);
  REQUIRE(watched.news() == Names{"RdpHostDown"});
  const auto before = watched.changes[0];
  CHECK(before.starts_at == first_failure);
  CHECK(annotation(before, "description").find("Reason: tcp_refused, in phase connect") != std::string::npos);
  watched.fails(0, Cause::Timeout);
  REQUIRE(watched.news() == Names{"RdpHostDown"});
  CHECK(watched.changes[0].starts_at == first_failure);
  CHECK(watched.changes[0].text->labels == before.text->labels);
  CHECK(annotation(watched.changes[0], "description").find("tcp_timeout") != std::string::npos);
  CHECK(annotation(watched.changes[0], "runbook_url").ends_with("/runbook/tcp_timeout"));
  watched.fails(0, Cause::Timeout);
  CHECK(watched.news().empty());
}

TEST_CASE("alerts: a host that fails again after the end is a new alert") {
  Watched watched;
  watched.fails();
  watched.pass_time(3min);
  watched.passes();
  watched.pass_time(5min);
  CHECK(watched.news() == Names{"RdpHostDown", "-RdpHostDown"});
  const auto second_failure = watched.now;
  watched.fails();
  watched.pass_time(3min);
  CHECK(watched.news() == Names{"RdpHostDown"});
  CHECK(watched.changes[0].starts_at == second_failure);
}

TEST_CASE("alerts: the times of the configuration count, also for what is active") {
  Watched watched;
  watched.fails();
  watched.config->alerts.hold["RdpHostDown"] = 10s;
  watched.config->alerts.keep_firing["RdpHostDown"] = 0s;
  watched.configure();
  watched.pass_time(10s);
  CHECK(watched.news() == Names{"RdpHostDown"});
  watched.passes();
  CHECK(watched.news() == Names{"-RdpHostDown"});
}

TEST_CASE("alerts: a clock that is set back delays nothing") {
  Watched watched;
  watched.fails();
  watched.now -= 1h;
  watched.pass_time(0s);
  watched.pass_time(3min);
  CHECK(watched.news() == Names{"RdpHostDown"});
  watched.now -= 1h;
  watched.pass_time(0s);
  REQUIRE(watched.news() == Names{"RdpHostDown"});  // or it would be refused: it ended before it began
  CHECK(watched.changes[0].starts_at == watched.now);
  watched.pass_time(1min);
  watched.passes();
  watched.now -= 1h;
  watched.pass_time(0s);
  watched.pass_time(5min);
  REQUIRE(watched.news() == Names{"RdpHostDown", "-RdpHostDown"});
  watched.now -= 1h;
  watched.pass_time(0s);
  REQUIRE(watched.news() == Names{"-RdpHostDown"});
  CHECK(watched.changes[0].ended == watched.now);
  CHECK(watched.changes[0].starts_at == watched.now);
  watched.pass_time(15min);
  CHECK(watched.book.all().empty());
}

TEST_CASE("alerts: an end is kept until everybody has it, for a day at most") {
  Watched watched;
  watched.fails();
  watched.pass_time(3min);
  watched.passes();
  watched.pass_time(5min);
  for (int hour = 0; hour < 23; ++hour) watched.pass_time(1h, false);
  CHECK(watched.book.firing().empty());
  REQUIRE(watched.book.all().size() == 1);
  CHECK(watched.book.all()[0].ended.has_value());
  SUBCASE("delivered") { watched.pass_time(1s); }
  SUBCASE("it is too old for everybody") { watched.pass_time(1h, false); }
  CHECK(watched.book.all().empty());
}

TEST_CASE("alerts: of one and the same alert either the end is told or that it fires") {
  Watched watched;
  watched.fails();
  watched.pass_time(3min);
  watched.store.set_pause(0, std::make_shared<daemon::Pause>());
  watched.pass_time(1s);
  CHECK(watched.news() == Names{"RdpHostDown", "-RdpHostDown"});
  watched.store.set_pause(0, nullptr);
  watched.fails();
  watched.pass_time(1min);
  REQUIRE(watched.book.all().size() == 1);
  CHECK(watched.book.all()[0].ended.has_value());  // still the old one
  SUBCASE("it fires again") {
    watched.pass_time(2min);
    REQUIRE(watched.book.all().size() == 1);
    CHECK_FALSE(watched.book.all()[0].ended.has_value());
  }
  SUBCASE("it does not") {
    watched.passes();
    watched.pass_time(2min);
    REQUIRE(watched.book.all().size() == 1);
    CHECK(watched.book.all()[0].ended.has_value());
  }
}

TEST_CASE("alerts: a target that leaves the list ends its alerts, a pending one silently") {
  Watched watched{3};
  watched.fails(0);
  watched.pass_time(3min);
  watched.fails(1);
  CHECK(watched.news() == Names{"RdpHostDown"});
  auto last = watched.config->targets.back();
  watched.config->targets = {last};
  watched.configure();
  CHECK(watched.news() == Names{"-RdpHostDown"});
  CHECK(watched.changes[0].ended == watched.now);
  CHECK(watched.book.all().size() == 1);
  watched.pass_time(20min);
  CHECK(watched.book.all().empty());
  CHECK(watched.news().empty());
}

TEST_CASE("alerts: a reload keeps them; changed labels are another alert with the same beginning") {
  Watched watched{2};
  const auto first_failure = watched.now;
  watched.fails();
  watched.pass_time(3min);
  CHECK(watched.news() == Names{"RdpHostDown"});
  watched.configure();
  CHECK(watched.news().empty());
  auto moved = std::make_shared<config::Target>(watched.target());
  moved->labels = {{"site", "rome"}};
  watched.config->targets[0] = moved;
  watched.configure();
  REQUIRE(watched.news() == Names{"-RdpHostDown", "RdpHostDown"});
  CHECK(label(watched.changes[0], "site") == "site-00");
  CHECK(label(watched.changes[1], "site") == "rome");
  CHECK(watched.changes[1].starts_at == first_failure);
}

TEST_CASE("alerts: of a paused target nothing is told, and what was told ends at once") {
  Watched watched{2};
  watched.fails(0);
  watched.pass_time(3min);
  CHECK(watched.news() == Names{"RdpHostDown"});
  auto pause = std::make_shared<daemon::Pause>();
  watched.store.set_pause(0, pause);
  watched.pass_time(1s);
  CHECK(watched.news() == Names{"-RdpHostDown"});
  watched.fails(0);  // was in flight
  watched.pass_time(1h);
  CHECK(watched.news().empty());
  watched.configure();
  watched.pass_time(1h);
  CHECK(watched.news().empty());
  watched.store.set_pause(0, nullptr);
  watched.pass_time(1h);  // what was seen before counts no more
  CHECK(watched.news().empty());
  watched.fails(0);
  watched.pass_time(3min);
  CHECK(watched.news() == Names{"RdpHostDown"});
}

TEST_CASE("alerts: the first probe after a pause counts") {
  Watched watched;
  auto over = std::make_shared<daemon::Pause>();
  watched.store.set_pause(0, over);
  watched.pass_time(1s);
  auto ended = std::make_shared<daemon::Pause>(*over);
  ended->over = true;
  watched.store.set_pause(0, ended);
  watched.fails();
  CHECK(watched.book.counts().pending[2] == 1);
}

TEST_CASE("alerts: paused hosts count in no site") {
  Watched watched{37 * 6};
  for (std::size_t i = 0; i < 37 * 6; ++i) watched.passes(i);
  for (std::size_t n = 0; n < 4; ++n) watched.fails(n * 37);
  for (std::size_t n = 0; n < 4; ++n) watched.store.set_pause(n * 37, std::make_shared<daemon::Pause>());
  watched.pass_time(10min);
  CHECK(watched.news().empty());
}

TEST_CASE("alerts: findings have the alert of their kind and severity") {
  struct Case {
    Cause cause;
    Severity severity;
    const char* name;
    std::chrono::seconds hold;
  };
  for (const auto& [cause, severity, name, hold] :
       {Case{Cause::CertificateExpiring, Severity::Warning, "RdpCertificateExpiring", 1h},
        Case{Cause::CertificateExpiring, Severity::Critical, "RdpCertificateExpiringSoon", 10min},
        Case{Cause::CertificateExpired, Severity::Critical, "RdpCertificateExpired", 5min},
        Case{Cause::ClockSkew, Severity::Critical, "RdpClockOff", 10min},
        Case{Cause::CertificateNotYetValid, Severity::Critical, "RdpHostFindingCritical", 10min},
        Case{Cause::CertificateNotYetValid, Severity::Warning, "RdpHostFindingWarning", 1h}}) {
    CAPTURE(name);
    Watched watched;
    watched.passes_with(cause, severity);
    watched.pass_time(hold - 1s);
    CHECK(watched.news().empty());
    watched.pass_time(1s);
    CHECK(watched.news() == Names{name});
    watched.passes();
    CHECK(watched.news() == Names{std::string{"-"} + name});
  }
  Watched watched;
  watched.passes_with(Cause::ClockSkew, Severity::Warning);
  watched.passes_with(Cause::CertificateNotYetValid, Severity::Info);
  watched.pass_time(24h);
  CHECK(watched.news().empty());
}

TEST_CASE("alerts: faults of our own and unknown ones are marked as such") {
  Watched watched;
  watched.fails(0, Cause::ResourcesExhausted);
  watched.pass_time(5min);
  CHECK(watched.news() == Names{"RdpHostDown", "RdpwatchProberFault"});
}

TEST_CASE("alerts: more than half of a site, at least three hosts, is the site's") {
  Watched watched{37 * 6};  // six hosts a site, one in 37 of each
  for (std::size_t i = 0; i < 37 * 6; ++i) watched.passes(i);
  const auto host = [](std::size_t n) { return n * 37; };  // of site-00
  for (std::size_t n = 0; n < 3; ++n) watched.fails(host(n));
  watched.pass_time(2min);
  CHECK(watched.news().empty());
  watched.fails(host(3), Cause::Refused);
  watched.pass_time(1min);
  (void)watched.news();  // the hosts' own
  watched.pass_time(1min);
  REQUIRE(watched.news() == Names{"RdpSiteDown"});
  CHECK(label(watched.changes[0], "site") == "site-00");
  CHECK(annotation(watched.changes[0], "description")
            .starts_with("Site site-00: 4 of 6 hosts fail. Reason of 3: "));
  watched.passes(host(0));
  (void)watched.news();
  watched.pass_time(5min);
  const auto news = watched.news();
  CHECK(std::ranges::count(news, "-RdpSiteDown") == 1);
}

TEST_CASE("alerts: more than half of all hosts at several sites is the fleet's") {
  Watched watched{10};
  for (std::size_t i = 0; i < 10; ++i) watched.passes(i);
  for (std::size_t i = 0; i < 5; ++i) watched.fails(i);
  watched.pass_time(2min);
  CHECK(watched.news().empty());
  watched.fails(5);
  watched.pass_time(2min);
  const auto news = watched.news();
  CHECK(std::ranges::count(news, "RdpFleetDown") == 1);
}

TEST_CASE("alerts: 10,000 targets, all of them down: a second of time costs little") {
  Watched watched{10'000};
  for (std::size_t i = 0; i < 10'000; ++i) {
    const auto probe = failed_report(watched.target(i), i, Phase::Connect, Cause::Timeout);
    probe->time = watched.now;
    watched.store.record(probe);
    watched.book.observe(watched.store.records()[i], watched.now);
  }
  watched.now += 4min;
  const auto begin = std::chrono::steady_clock::now();
  watched.book.advance(watched.store.records(), watched.now, true);
  const auto fired = std::chrono::steady_clock::now();
  watched.book.advance(watched.store.records(), watched.now + 1s, true);
  const auto done = std::chrono::steady_clock::now();
  CHECK(watched.book.take_changes().size() == 10'000);
  const auto micros = [](auto time) {
    return std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  };
  MESSAGE("all fire: " << micros(fired - begin) << " us, a second later: " << micros(done - fired) << " us");
  CHECK(fired - begin < 1s);  // whatever the build and the machine; the figures are in the message
}

TEST_CASE("alerts: while the vantage is disturbed, one alert names it and none about hosts begins") {
  Watched watched{8};
  const auto vantage = [&](const std::string& disturbed) {
    watched.book.set_vantage(disturbed, watched.now);
    watched.pass_time(0s);
  };
  for (std::size_t i = 0; i < 8; ++i) watched.passes(i);
  for (std::size_t i = 0; i < 6; ++i) watched.fails(i);  // before it is seen
  watched.pass_time(30s);
  vantage("resolver: no answer");
  CHECK(watched.news() == Names{"RdpwatchVantageUnhealthy"});
  CHECK(annotation(watched.changes[0], "description").find("resolver: no answer") != std::string::npos);
  CHECK(annotation(watched.changes[0], "runbook_url").ends_with("/runbook/vantage"));
  for (int minute = 0; minute < 20; ++minute) {
    for (std::size_t i = 0; i < 6; ++i) watched.fails(i);
    watched.passes_with(Cause::CertificateExpired, Severity::Critical, 7);
    vantage("resolver: no answer");
    watched.pass_time(1min);
  }
  CHECK(watched.news().empty());

  // What still fails afterwards is told, after its time from then on.
  const auto sound_since = watched.now;
  vantage("");
  watched.fails(0);
  for (std::size_t i = 1; i < 8; ++i) watched.passes(i);
  watched.pass_time(2min + 59s);
  CHECK(watched.news().empty());
  watched.pass_time(1s);
  CHECK(watched.news() == Names{"RdpHostDown"});
  CHECK(watched.changes[0].starts_at == sound_since);
  watched.pass_time(4min);
  CHECK(watched.news() == Names{"-RdpwatchVantageUnhealthy"});
}

TEST_CASE("alerts: what fires when the vantage is disturbed stays, and ends by a probe that passes") {
  Watched watched{4};
  for (std::size_t i = 0; i < 4; ++i) watched.fails(i);
  watched.pass_time(3min);
  auto told = watched.news();
  CHECK(std::ranges::count(told, "RdpHostDown") == 4);
  CHECK(std::ranges::count(told, "RdpSiteDown") + std::ranges::count(told, "RdpFleetDown") == 0);
  watched.book.set_vantage("route: none", watched.now);
  watched.pass_time(1min);
  CHECK(watched.news() == Names{"RdpwatchVantageUnhealthy"});
  CHECK(watched.book.firing().size() == 5);
  watched.passes(2);
  watched.pass_time(5min);
  CHECK(watched.news() == Names{"-RdpHostDown"});
}
