#include "probes/net/dns_name.h"

#include <doctest/doctest.h>

using namespace rdpwatch::net;

TEST_CASE("dns name: what can be asked has no defect") {
  for (const auto* name : {"rds01", "rds01.corp.example", "rds01.corp.example.", "RDS_01", "a-b.c", "1host",
                           "b\xc3\xbc"
                           "cher.example",
                           "xn--bcher-kva.example", "3com.com"})
    CHECK_MESSAGE(!name_defect(name).has_value(), name);
  CHECK_FALSE(name_defect(std::string(63, 'a') + ".b").has_value());
}

TEST_CASE("dns name: what cannot be asked says why") {
  CHECK(name_defect("") == "empty name");
  CHECK(name_defect(".") == "empty name");
  CHECK(name_defect("a..b") == "empty label (two dots in a row, or a dot at the start)");
  CHECK(name_defect(".a") == "empty label (two dots in a row, or a dot at the start)");
  CHECK(name_defect(std::string(64, 'a')) == "label of 64 bytes, at most 63 fit");
  std::string long_name;
  for (int i = 0; i < 64; ++i) long_name += "abc.";
  CHECK(name_defect(long_name) == "name of 255 bytes, at most 253 fit");
  CHECK(name_defect("a b") == "character ' ' not allowed");
  CHECK(name_defect("a\\032b") == "character '\\' not allowed");
  CHECK(name_defect("-a") == "label begins or ends with a hyphen");
  CHECK(name_defect("10.0.0.256") == "ends in a number but is not an address");
  CHECK(name_defect("\xff.a") == "not valid UTF-8");
}

TEST_CASE("dns name: the search list is used as the stub resolver does") {
  const std::vector<std::string> domains{"corp.example", "example."};
  using Names = std::vector<std::string>;
  const auto one = search_list("rds01", 1, domains);
  CHECK(one.names == Names{"rds01.corp.example", "rds01.example", "rds01"});
  CHECK(one.as_given == 2);
  const auto two = search_list("rds01.site", 1, domains);
  CHECK(two.names == Names{"rds01.site", "rds01.site.corp.example", "rds01.site.example"});
  CHECK(two.as_given == 0);
  CHECK(search_list("rds01.site", 2, domains).as_given == 2);
  CHECK(search_list("rds01.", 5, domains).names == Names{"rds01"});
  CHECK(search_list("rds01", 1, {}).names == Names{"rds01"});
}

TEST_CASE("dns name: localhost has several spellings") {
  for (const auto* name : {"localhost", "LocalHost.", "a.localhost", "ip6-loopback"})
    CHECK(is_localhost_name(name));
  for (const auto* name : {"rds01", "localhost.corp.example", "notlocalhost"})
    CHECK_FALSE(is_localhost_name(name));
}

TEST_CASE("dns name: name servers are read with and without port") {
  const auto text = [](std::string_view in) {
    const auto endpoint = parse_name_server(in);
    return endpoint ? to_text(*endpoint) : std::string{"none"};
  };
  CHECK(text("10.1.2.3") == "10.1.2.3:53");
  CHECK(text("10.1.2.3:5353") == "10.1.2.3:5353");
  CHECK(text("fd00::1") == "[fd00::1]:53");
  CHECK(text("[fd00::1]") == "[fd00::1]:53");
  CHECK(text("[fd00::1]:5353") == "[fd00::1]:5353");
  for (const auto* bad :
       {"", "dns.example", "10.1.2.3:0", "10.1.2.3:x", "10.1.2.3:99999", "[fd00::1", "[::1]5"})
    CHECK(text(bad) == "none");
}
