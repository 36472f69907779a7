#include "probes/net/dns_order.h"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

using namespace rdpwatch::net;
using asio::ip::address;
using asio::ip::make_address;

namespace {

std::string ordered(std::initializer_list<const char*> texts, const SourceAddress& source_of) {
  std::vector<address> addresses;
  for (const auto* text : texts) addresses.push_back(make_address(text));
  std::string out;
  for (const auto& one : connection_order(addresses, source_of))
    out += (out.empty() ? "" : " ") + one.to_string();
  return out;
}

std::optional<address> dual_stack(const address& to) {
  return make_address(to.is_v6() ? "2001:db8:1::2" : "192.0.2.2");
}
std::optional<address> v4_only(const address& to) {
  if (to.is_v6()) return std::nullopt;
  return make_address("192.0.2.2");
}

}  // namespace

TEST_CASE("dns order: families alternate, IPv6 leads where it has a route") {
  CHECK(ordered({"192.0.2.10", "192.0.2.11", "2001:db8:2::1", "2001:db8:2::2", "2001:db8:2::3"},
                dual_stack) == "2001:db8:2::1 192.0.2.10 2001:db8:2::2 192.0.2.11 2001:db8:2::3");
}

TEST_CASE("dns order: IPv4 leads where IPv6 has no route") {
  CHECK(ordered({"2001:db8:2::1", "192.0.2.10", "192.0.2.11"}, v4_only) ==
        "192.0.2.10 2001:db8:2::1 192.0.2.11");
}

TEST_CASE("dns order: a unique local address without a source of its kind comes after IPv4") {
  CHECK(ordered({"fd00::1", "192.0.2.10"}, dual_stack) == "192.0.2.10 fd00::1");
}

TEST_CASE("dns order: the IPv6 address that shares the longest prefix with its source leads") {
  CHECK(ordered({"2001:db8:ff::1", "2001:db8:1::9"}, dual_stack) == "2001:db8:1::9 2001:db8:ff::1");
}

TEST_CASE("dns order: addresses that nothing tells apart keep the server's order") {
  CHECK(ordered({"192.0.2.12", "192.0.2.10", "192.0.2.11"}, dual_stack) ==
        "192.0.2.12 192.0.2.10 192.0.2.11");
}

TEST_CASE("dns order: the kernel names the source of a destination") {
  CHECK(kernel_source_address(make_address("127.0.0.9")) == make_address("127.0.0.1"));
}
