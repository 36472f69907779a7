#include "probes/net/error_queue.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <string>
#include <utility>

#include <asio/ip/address.hpp>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace rdpwatch::net {
namespace {

std::string address_text(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    return asio::ip::address_v4{ntohl(v4.sin_addr.s_addr)}.to_string();
  }
  if (address.ss_family != AF_INET6) return {};
  asio::ip::address_v6::bytes_type bytes;
  std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr, bytes.size());
  return asio::ip::address_v6{bytes}.to_string();
}

}  // namespace

void keep_icmp_errors(int fd, bool v6, bool on) {
  const int value = on ? 1 : 0;
  ::setsockopt(fd, v6 ? SOL_IPV6 : SOL_IP, v6 ? IPV6_RECVERR : IP_RECVERR, &value, sizeof value);
}

std::optional<IcmpError> take_icmp_error(int fd, std::span<std::uint8_t> packet) {
  alignas(cmsghdr) std::array<char, 512> control{};
  sockaddr_storage name{};
  iovec data{packet.data(), packet.size()};
  msghdr message{};
  message.msg_name = &name;
  message.msg_namelen = sizeof name;
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  if (::recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return std::nullopt;
  for (auto* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header)) {
    const bool v4 = header->cmsg_level == SOL_IP && header->cmsg_type == IP_RECVERR;
    const bool v6 = header->cmsg_level == SOL_IPV6 && header->cmsg_type == IPV6_RECVERR;
    if (!v4 && !v6) continue;
    struct {
      sock_extended_err error;
      sockaddr_storage offender;
    } from_kernel{};
    const auto size = std::min<std::size_t>(header->cmsg_len - CMSG_LEN(0), sizeof from_kernel);
    std::memcpy(&from_kernel, CMSG_DATA(header), size);
    const auto origin = from_kernel.error.ee_origin;
    if (origin != SO_EE_ORIGIN_ICMP && origin != SO_EE_ORIGIN_ICMP6) continue;
    sockaddr_storage offender{};
    const auto offset = offsetof(decltype(from_kernel), error) + sizeof(sock_extended_err);
    std::memcpy(&offender, reinterpret_cast<const char*>(&from_kernel) + offset,
                std::min(sizeof offender, sizeof from_kernel - offset));
    sockaddr_storage own{};
    socklen_t own_size = sizeof own;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &own_size);
    auto from = address_text(offender);
    const bool ours = !from.empty() && from == address_text(own);
    return IcmpError{origin == SO_EE_ORIGIN_ICMP6, from_kernel.error.ee_type, from_kernel.error.ee_code,
                     std::move(from), ours};
  }
  return std::nullopt;
}

}  // namespace rdpwatch::net
