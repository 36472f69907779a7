#include "probes/path/egress.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <asio/ip/udp.hpp>
#include <linux/if_arp.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "probes/path/address_kind.h"

namespace rdpwatch::path {
namespace {

/// A request of rtnetlink(7): header, fixed part, at most one attribute of 16 bytes.
template <class Body>
struct Request {
  nlmsghdr header{};
  Body body{};
  rtattr attribute{};
  std::array<std::uint8_t, 16> value{};
};

/// One answer of the kernel, or the errno of its refusal.
struct Reply {
  int error_number = 0;
  std::vector<std::uint8_t> message{};  ///< from the netlink header on
};

Reply exchange(const void* request, std::size_t size) {
  const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) return {errno};
  const timeval patience{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  Reply reply;
  reply.message.resize(16'384);
  const auto sent = ::send(fd, request, size, 0);
  const auto got = sent < 0 ? sent : ::recv(fd, reply.message.data(), reply.message.size(), 0);
  if (got < 0) reply.error_number = errno;
  ::close(fd);
  reply.message.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  nlmsghdr header{};
  if (reply.message.size() < sizeof header) return {reply.error_number == 0 ? EBADMSG : reply.error_number};
  std::memcpy(&header, reply.message.data(), sizeof header);
  if (header.nlmsg_type != NLMSG_ERROR) return reply;
  int error = 0;
  if (sizeof header + sizeof error <= reply.message.size())
    std::memcpy(&error, reply.message.data() + sizeof header, sizeof error);
  return {error == 0 ? EBADMSG : -error};
}

template <class Body>
Reply ask(std::uint16_t type, const Body& body, std::uint16_t attribute = 0,
          std::span<const std::uint8_t> value = {}) {
  Request<Body> request;
  request.body = body;
  request.attribute = {static_cast<unsigned short>(RTA_LENGTH(value.size())), attribute};
  std::copy(value.begin(), value.end(), request.value.begin());
  const auto size = sizeof request.header + sizeof body + (value.empty() ? 0 : RTA_LENGTH(value.size()));
  request.header = {static_cast<std::uint32_t>(size), type, NLM_F_REQUEST, 1, 0};
  return exchange(&request, size);
}

/// The value of an attribute among `attributes`; empty when there is none.
std::span<const std::uint8_t> find(std::span<const std::uint8_t> attributes, std::uint16_t type) {
  while (sizeof(rtattr) <= attributes.size()) {
    rtattr attribute{};
    std::memcpy(&attribute, attributes.data(), sizeof attribute);
    const std::size_t length = attribute.rta_len;
    if (length < sizeof attribute || attributes.size() < length) break;
    if ((attribute.rta_type & NLA_TYPE_MASK) == type)
      return attributes.subspan(sizeof attribute, length - sizeof attribute);
    attributes = attributes.subspan(std::min(attributes.size(), std::size_t{RTA_ALIGN(length)}));
  }
  return {};
}

/// The fixed part and the attributes of an answer; nothing when it is not of that kind.
template <class Body>
std::optional<std::pair<Body, std::span<const std::uint8_t>>> parts(const Reply& reply) {
  constexpr auto kFixed = NLMSG_HDRLEN + sizeof(Body);
  if (reply.error_number != 0 || reply.message.size() < kFixed) return std::nullopt;
  Body body{};
  std::memcpy(&body, reply.message.data() + NLMSG_HDRLEN, sizeof body);
  return std::pair{body, std::span{reply.message}.subspan(kFixed)};
}

std::string text_of(std::span<const std::uint8_t> value) {
  std::string text{value.begin(), value.end()};
  return text.substr(0, text.find('\0'));
}

std::string address_text(std::span<const std::uint8_t> value) {
  if (value.size() == 4) return asio::ip::address_v4{{value[0], value[1], value[2], value[3]}}.to_string();
  asio::ip::address_v6::bytes_type bytes{};
  if (value.size() != bytes.size()) return {};
  std::copy(value.begin(), value.end(), bytes.begin());
  return asio::ip::address_v6{bytes}.to_string();
}

bool is_wireless(const std::string& interface) {
  std::error_code ec;
  return std::filesystem::exists("/sys/class/net/" + interface + "/phy80211", ec);
}

/// What an interface is: its driver's word where there is one, else by its hardware type.
std::string kind_of_link(const ifinfomsg& link, std::span<const std::uint8_t> attributes,
                         const std::string& name) {
  auto info = text_of(find(find(attributes, IFLA_LINKINFO), IFLA_INFO_KIND));
  if (!info.empty()) return info;
  if (is_wireless(name)) return "wifi";
  switch (link.ifi_type) {
    case ARPHRD_ETHER: return "ethernet";
    case ARPHRD_LOOPBACK: return "loopback";
    case ARPHRD_PPP: return "ppp";
    case ARPHRD_NONE: return "tunnel";
    default: return "type " + std::to_string(link.ifi_type);
  }
}

void describe_interface(int index, Egress& egress) {
  ifinfomsg body{};
  body.ifi_index = index;
  const auto reply = ask(RTM_GETLINK, body);
  const auto link = parts<ifinfomsg>(reply);
  if (!link) return;
  egress.interface = text_of(find(link->second, IFLA_IFNAME));
  egress.kind = kind_of_link(link->first, link->second, egress.interface);
}

std::string_view denial(std::uint8_t type) {
  switch (type) {
    case RTN_BLACKHOLE: return "blackhole ";
    case RTN_UNREACHABLE: return "unreachable ";
    case RTN_PROHIBIT: return "prohibit ";
    default: return "";
  }
}

std::span<const std::uint8_t> bytes_of(const asio::ip::address& address,
                                       asio::ip::address_v6::bytes_type& room) {
  if (address.is_v6()) {
    room = address.to_v6().to_bytes();
    return room;
  }
  const auto four = address.to_v4().to_bytes();
  std::copy(four.begin(), four.end(), room.begin());
  return std::span{room}.first(four.size());
}

Reply ask_route(const asio::ip::address& address, unsigned flags) {
  asio::ip::address_v6::bytes_type room{};
  const auto bytes = bytes_of(address, room);
  rtmsg body{};
  body.rtm_family = address.is_v6() ? AF_INET6 : AF_INET;
  body.rtm_dst_len = static_cast<unsigned char>(bytes.size() * 8);
  body.rtm_flags = flags;
  return ask(RTM_GETROUTE, body, RTA_DST, bytes);
}

/// Where the kernel sends to now: a route with several next hops names none itself.
void describe_next_hop(const asio::ip::address& address, Egress& egress) {
  const auto reply = ask_route(address, 0);
  const auto route = parts<rtmsg>(reply);
  if (!route) return;
  const auto& attributes = route->second;
  egress.gateway = address_text(find(attributes, RTA_GATEWAY));
  // An IPv4 address behind an IPv6 router: struct rtvia, an address family and the address.
  if (const auto via = find(attributes, RTA_VIA); sizeof(rtvia) < via.size())
    egress.gateway = address_text(via.subspan(sizeof(rtvia)));
  int index = 0;
  if (const auto oif = find(attributes, RTA_OIF); oif.size() == sizeof index) {
    std::memcpy(&index, oif.data(), sizeof index);
    describe_interface(index, egress);
  }
}

void describe_route(const asio::ip::address& address, Egress& egress) {
  const auto reply = ask_route(address, RTM_F_FIB_MATCH);
  if (reply.error_number != 0) egress.why_not = std::generic_category().message(reply.error_number);
  const auto route = parts<rtmsg>(reply);
  if (!route) return;
  const auto& [fixed, attributes] = *route;
  const auto network = address_text(find(attributes, RTA_DST));
  egress.default_route = fixed.rtm_dst_len == 0;
  egress.route = std::string{denial(fixed.rtm_type)} +
                 (egress.default_route ? "default" : network + "/" + std::to_string(fixed.rtm_dst_len));
  describe_next_hop(address, egress);
}

/// The address that the kernel would send from: a datagram socket is connected, which sends nothing.
std::string source_for(const asio::ip::address& address) {
  const asio::ip::udp::endpoint to{address, 9};
  const int fd = ::socket(to.protocol().family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return {};
  asio::ip::udp::endpoint from{to.protocol(), 0};
  auto size = static_cast<socklen_t>(from.capacity());
  const bool known = ::connect(fd, to.data(), static_cast<socklen_t>(to.size())) == 0 &&
                     ::getsockname(fd, from.data(), &size) == 0;
  ::close(fd);
  return known ? from.address().to_string() : std::string{};
}

}  // namespace

Egress egress_to(const asio::ip::address& address) {
  Egress egress;
  egress.address = source_for(address);
  describe_route(address, egress);
  return egress;
}

Context context_of(const asio::ip::address& address) {
  return {egress_to(address), std::string{to_string(kind_of(address))}};
}

}  // namespace rdpwatch::path
