#include "probes/path/egress.h"

#include <string>
#include <utility>

#include <doctest/doctest.h>

#include "probes/path/address_kind.h"

using namespace rdpwatch::path;
using asio::ip::make_address;

TEST_CASE("address_kind: the blocks begin and end where their documents say") {
  using enum AddressKind;
  const std::pair<const char*, AddressKind> expected[] = {
      {"9.255.255.255", Public},
      {"10.0.0.0", Private},
      {"10.255.255.255", Private},
      {"11.0.0.0", Public},
      {"100.63.255.255", Public},
      {"100.64.0.0", Cgnat},
      {"100.127.255.255", Cgnat},
      {"100.128.0.0", Public},
      {"127.0.0.2", Loopback},
      {"169.254.1.1", LinkLocal},
      {"172.15.255.255", Public},
      {"172.16.0.0", Private},
      {"172.31.255.255", Private},
      {"172.32.0.0", Public},
      {"192.168.1.1", Private},
      {"192.169.0.0", Public},
      {"203.0.113.9", Special},
      {"224.0.0.1", Special},
      {"255.255.255.255", Special},
      {"0.0.0.0", Special},
      {"::1", Loopback},
      {"fe80::1", LinkLocal},
      {"fd13::1", Private},
      {"fc00::1", Private},
      {"2a00:1450::1", Public},
      {"2001:db8::1", Special},
      {"ff02::1", Special},
      {"::", Special},
      {"::ffff:10.1.1.1", Private},
  };
  for (const auto& [address, kind] : expected) {
    CAPTURE(address);
    CHECK(to_string(kind_of(make_address(address))) == to_string(kind));
  }
}

TEST_CASE("egress: the way to this machine itself is loopback, from the same address") {
  for (const char* address : {"127.0.0.1", "::1"}) {
    CAPTURE(address);
    const auto egress = egress_to(make_address(address));
    CHECK(egress.address == address);
    CHECK(egress.interface == "lo");
    CHECK(egress.kind == "loopback");
    CHECK_FALSE(egress.default_route);
    CHECK(egress.gateway.empty());
    CHECK(egress.why_not.empty());
  }
}
