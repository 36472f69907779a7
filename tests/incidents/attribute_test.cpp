#include "daemon/incidents/attribute.h"

#include <set>

#include <doctest/doctest.h>

#include "daemon/incidents/incident.h"

using namespace rdpwatch;
using namespace rdpwatch::daemon::incidents;

TEST_CASE("attribute: the network of an address") {
  for (const auto& [address, network] : {std::pair{"10.1.2.3", "10.1.2.0/24"},
                                         {"255.255.255.255", "255.255.255.0/24"},
                                         {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
                                         {"::1", "::/64"},
                                         {"fe80::1%eth0", "fe80::/64"}}) {
    CAPTURE(address);
    REQUIRE(subnet_of(address));
    CHECK(subnet_of(address)->value == network);
    CHECK(subnet_of(address)->name == "subnet");
  }
  for (const char* text : {"", "rds01.corp.example", "10.1.2", "10.1.2.3.4", ":::", "%eth0"}) {
    CAPTURE(text);
    CHECK_FALSE(subnet_of(text));
  }
}

TEST_CASE("attribute: a host that is an address asks no name server") {
  config::Target target;
  target.module = std::make_shared<const config::Module>();
  target.labels = {{"site", "fra"}};
  target.host = "rds01.corp.example";
  const auto by_name = configured_attributes(target);
  CHECK(by_name == std::vector<Attribute>{vantage(),
                                          {AttributeKind::Label, "site", "fra"},
                                          {AttributeKind::Resolver, "resolver", "system"}});
  target.host = "10.1.2.3";
  CHECK(configured_attributes(target).size() == 2);
}

TEST_CASE("attribute: only an issuer other than the host itself is one") {
  CHECK(issuer_of({.issuer = "CN=Corp CA"})->value == "CN=Corp CA");
  CHECK_FALSE(issuer_of({.issuer = "CN=rds01", .self_signed = true}));
  CHECK_FALSE(issuer_of(Certificate{}));
}

TEST_CASE("cause group: every failure of the taxonomy is in one that is found by its words") {
  std::set<std::string> groups;
  for (const Row& row : taxonomy()) {
    if (row.kind != Kind::Failure) continue;
    CAPTURE(row.reason);
    const auto group = group_of(row);
    CHECK_FALSE(group.family.empty());
    CHECK(group_from(to_string(group.scenario), group.family) == group);
    groups.insert(std::string{to_string(group.scenario)} + "/" + std::string{group.family});
  }
  CHECK(groups.contains("network_blockade/network"));
  CHECK(groups.contains("none/tls_unclassified"));
  CHECK_FALSE(groups.contains("none/any"));
  CHECK_FALSE(group_from("network_blockade", "nonsense"));
}

TEST_CASE("incident: its id depends on cause and attribute alone, and never changes") {
  const CauseGroup cut{Scenario::NetworkBlockade, "network"};
  const Attribute fra{AttributeKind::Label, "site", "fra"};
  CHECK(id_of(cut, fra) == "08190983");
  CHECK(id_of({Scenario::HostRefusing, "tcp"}, fra) != id_of(cut, fra));
  CHECK(id_of(cut, {AttributeKind::Label, "site", "ams"}) != id_of(cut, fra));
  CHECK(id_of(cut, {AttributeKind::Subnet, "site", "fra"}) != id_of(cut, fra));
}
