#include "tests/rdpsim/fleet.h"

#include <doctest/doctest.h>

#include "tests/rdpsim/yaml_fields.h"

namespace rdpwatch::rdpsim {
namespace {

std::string complaint(const std::string& text) {
  try {
    parse_fleet(text);
  } catch (const FleetError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("fleet: hosts get the file's port, their template and their own keys, in this order") {
  const Fleet fleet = parse_fleet(R"(
port: 4000
templates:
  slow: {latency: 200ms, nla: {version: 2, build: 6.1.7601}}
hosts:
  - {address: 127.0.0.9, name: a.example, use: slow, nla: {version: 5}}
  - {address: 127.0.0.9, port: 4001, tls: reset}
)");
  const Host* host = fleet.find(*parse_loopback("127.0.0.9"), 4000);
  REQUIRE(host != nullptr);
  CHECK(host->name == "a.example");
  CHECK(host->script->base->latency == milliseconds{200});
  CHECK(host->script->base->nla.version == 5);
  CHECK(host->script->base->nla.build == 7601);
  const Host* other = fleet.find(*parse_loopback("127.0.0.9"), 4001);
  REQUIRE(other != nullptr);
  CHECK(other->script->base->tls.answer.then == Then::Reset);
  CHECK(fleet.find(*parse_loopback("127.0.0.8"), 4000) == nullptr);
}

TEST_CASE("fleet: a range shares one script, numbers its names and fills the zone") {
  const Fleet fleet = parse_fleet(R"(
hosts:
  - {addresses: 127.1.0.250-127.1.1.5, name: "rds{n}.example"}
dns: {listen: 127.0.0.53:5353}
)");
  REQUIRE(fleet.hosts.size() == 12);
  CHECK(fleet.hosts.front().name == "rds01.example");
  CHECK(fleet.hosts.back().name == "rds12.example");
  CHECK(to_string(fleet.hosts.back().address) == "127.1.1.5");
  CHECK(fleet.hosts.front().script == fleet.hosts.back().script);
  CHECK(fleet.dns.records.at("rds07.example").a == std::vector{*parse_loopback("127.1.1.0")});
}

TEST_CASE("fleet: twenty thousand hosts of one range load as one behaviour") {
  const Fleet fleet = parse_fleet("hosts: [{address: 127.1.0.1, count: 20000}]");
  CHECK(fleet.hosts.size() == 20'000);
  CHECK(fleet.hosts.front().script == fleet.hosts.back().script);
}

TEST_CASE("fleet: what cannot be served is refused with its line") {
  CHECK(complaint("hosts: [{address: 10.0.0.1}]") ==
        "1:19: expected an address in 127.0.0.0/8, not '10.0.0.1'");
  CHECK(complaint("hosts: [{address: 127.255.255.250, count: 10}]") == "1:19: the range leaves 127.0.0.0/8");
  CHECK(complaint("hosts:\n- {address: 127.0.0.1}\n- {address: 127.0.0.1}") ==
        "3:3: 127.0.0.1:3389 stands twice");
  CHECK(complaint("hosts: [{address: 127.0.0.1, use: x}]") == "1:35: no template 'x'");
  CHECK(complaint("hosts: [{address: 127.0.0.1, latency: 5}]") ==
        "1:39: expected a duration such as 500ms, 2s, 5m, 3h or 10d, not '5'");
  CHECK(
      complaint("hosts: [{address: 127.0.0.1, tls: {alerts: 5}}]").starts_with("1:36: unknown key 'alerts'"));
  CHECK(complaint("hosts: [{address: 127.0.0.1, negotiate: {banner: gopher}}]") ==
        "1:50: no such banner 'gopher'");
  CHECK(complaint("hosts: [").find("end of sequence flow not found") != std::string::npos);
}

TEST_CASE("script: the last overlay that holds wins") {
  const Fleet fleet = parse_fleet(R"(
hosts:
  - address: 127.0.0.1
    overlays:
      - {from: 10s, until: 20s, connect: refused}
      - {every: 3, latency: 1s}
      - {from_connection: 6, latency: 2s}
)");
  const Script& script = *fleet.hosts[0].script;
  const auto latency = [&](std::uint64_t connection) {
    return script.select(milliseconds{0}, connection, 1)->latency.count();
  };
  CHECK(latency(1) == 0);
  CHECK(latency(3) == 1000);
  CHECK(latency(6) == 2000);
  CHECK(script.listen(milliseconds{9'999}) == Listen::Accept);
  CHECK(script.listen(milliseconds{10'000}) == Listen::Refused);
  CHECK(script.listen(milliseconds{20'000}) == Listen::Accept);
}

TEST_CASE("script: a share is kept, and is the same in every run") {
  const Fleet fleet =
      parse_fleet("hosts: [{address: 127.0.0.1, overlays: [{share: 0.25, negotiate: reset}]}]");
  const Script& script = *fleet.hosts[0].script;
  int failing = 0;
  for (std::uint64_t i = 1; i <= 4000; ++i)
    if (script.select(milliseconds{0}, i, 7) != script.base) ++failing;
  CHECK(900 < failing);
  CHECK(failing < 1100);
}

TEST_CASE("fleet: time scale divides the times of overlays only") {
  const Fleet fleet = parse_fleet(
      "hosts: [{address: 127.0.0.1, latency: 1s, overlays: [{from: 60s, latency: 3s}]}]", {}, 10.0);
  CHECK(fleet.hosts[0].script->base->latency == milliseconds{1000});
  CHECK(fleet.hosts[0].script->overlays[0].from == milliseconds{6000});
  CHECK(fleet.hosts[0].script->overlays[0].behaviour->latency == milliseconds{3000});
}

}  // namespace rdpwatch::rdpsim
