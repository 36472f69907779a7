#include "config/values.h"

#include <string>

#include <doctest/doctest.h>

#include "config/host_range.h"
#include "config/reader.h"

using namespace rdpwatch::config;
using namespace std::chrono_literals;

TEST_CASE("durations: as Prometheus writes them") {
  CHECK(parse_duration("0") == milliseconds{0});
  CHECK(parse_duration("500ms") == 500ms);
  CHECK(parse_duration("90s") == 90s);
  CHECK(parse_duration("1h30m") == 90min);
  CHECK(parse_duration("2w") == 336h);
  CHECK(parse_duration("1y1d1ms") == 366 * 24h + 1ms);
  for (const char* text :
       {"", "60", "s", "1s1m", "1s1s", "1.5s", "-1s", " 1s", "1s ", "1S", "101y", "99999999999999999999s"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_duration(text).has_value());
  }
}

TEST_CASE("durations: what is written reads back the same") {
  for (const auto value :
       {0ms, 1ms, 999ms, 1000ms, 61'001ms, 86'400'000ms, 604'800'000ms, 1'209'600'001ms, 31'536'000'000ms}) {
    CAPTURE(value.count());
    CHECK(parse_duration(format_duration(value)) == value);
  }
}

TEST_CASE("numbers: decimal only") {
  CHECK(parse_integer("0") == 0);
  CHECK(parse_integer("-7") == -7);
  CHECK(parse_integer("65535") == 65535);
  for (const char* text :
       {"", "-", "010", "-01", "0x10", "0o7", "1_000", "1e3", "1.0", "+1", "9223372036854775808"})
    CHECK_FALSE(parse_integer(text).has_value());
}

TEST_CASE("hosts: names, addresses and ports") {
  CHECK(parse_host_port("rds01") == HostPort{"rds01", {}});
  CHECK(parse_host_port("rds01:3390") == HostPort{"rds01", 3390});
  CHECK(parse_host_port("10.1.2.3:1") == HostPort{"10.1.2.3", 1});
  CHECK(parse_host_port("fd00::1") == HostPort{"fd00::1", {}});
  CHECK(parse_host_port("[fd00::1]:65535") == HostPort{"fd00::1", 65535});
  CHECK(parse_host_port("fe80::1%eth0") == HostPort{"fe80::1%eth0", {}});
  CHECK(parse_host_port("odd_name!.corp") ==
        HostPort{"odd_name!.corp", {}});  // the resolve phase judges names
  for (const char* text :
       {"", ":1", "a b", "a:0", "a:65536", "a:08", "a:", "1.2.3", "[fd00::1", "[a]", "fd00::g", "x://y"})
    CHECK_FALSE(parse_host_port(text).has_value());
}

TEST_CASE("listen addresses: literals with a port") {
  CHECK(parse_listen_address("127.0.0.1:19389") == "127.0.0.1:19389");
  CHECK(parse_listen_address(":80") == "0.0.0.0:80");
  CHECK(parse_listen_address("localhost:0") == "127.0.0.1:0");
  CHECK(parse_listen_address("[0:0::1]:80") == "[::1]:80");
  CHECK_FALSE(parse_listen_address("host:80").has_value());
}

TEST_CASE("URLs: http with a host, passwords never shown") {
  CHECK(parse_url("https://a.example/x/") == "https://a.example/x");
  CHECK(mask_url("http://user:pw@a/x?y") == "http://user:***@a/x?y");
  CHECK(mask_url("http://a:80/x@y:z") == "http://a:80/x@y:z");
  CHECK(mask_secrets("target_urls: [http://user:pw@a/x]") == "target_urls: [http://user:***");
  CHECK(mask_secrets("  Password : hunter2, b: c") == "  Password : ***");
  CHECK(mask_secrets("password_file: a") == "password_file: a");
}

TEST_CASE("ranges: zeros kept, lists, products") {
  using Hosts = std::vector<std::string>;
  CHECK(expand_hosts("rds[08-11].x") == Hosts{"rds08.x", "rds09.x", "rds10.x", "rds11.x"});
  CHECK(expand_hosts("[1,3,7-9]") == Hosts{"1", "3", "7", "8", "9"});
  CHECK(expand_hosts("[ams,fra]-[1-2]:3390") ==
        Hosts{"ams-1:3390", "ams-2:3390", "fra-1:3390", "fra-2:3390"});
  CHECK(expand_hosts("[fd00::1]:3389") == Hosts{"[fd00::1]:3389"});
  CHECK(expand_hosts("h[9-10]") == Hosts{"h9", "h10"});
  CHECK(expand_hosts("h[1-100000]")->size() == 100'000);
  CHECK_FALSE(expand_hosts("h[0-100000]").has_value());
}

TEST_CASE("host ranges: a short text does not become more than memory holds") {
  std::string items = "[0-99999";
  for (int i = 0; i < 20'000; ++i) items += ",0-99999";
  CHECK(expand_hosts(items + "]").error() == "a range has more than 100000 hosts");
  std::string words = "[a";
  for (int i = 0; i < 100'000; ++i) words += ",a";
  CHECK(expand_hosts(words + "]").error() == "a range has more than 100000 hosts");
  const std::string name(100'000, 'x');
  for (const auto& pattern : {name + "[0-99999]", "[0-99999]" + name, "[0-9][" + name + "]"}) {
    CHECK(expand_hosts(pattern).error() == "a host of more than 512 bytes");
  }
}

TEST_CASE("suggestions: only for slips of the hand") {
  CHECK(nearest("tiemout", {"timeout", "interval"}) == "timeout");
  CHECK(nearest("Depth", {"depth"}) == "depth");
  CHECK(nearest("colour", {"depth", "interval"}) == "");
}
