#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace rdpwatch::wire {

/// What tells one echo request from another, RFC 792 and RFC 4443 section 4.
struct EchoId {
  std::uint16_t id = 0;
  std::uint16_t sequence = 0;
};

/// Echo request: type u8, code u8 (0), checksum u16be, id u16be, sequence u16be, then data that says who
/// asks. The checksum of ICMPv6 is the kernel's business and left 0.
std::vector<std::uint8_t> encode_echo_request(bool v6, EchoId echo);

/// The id and sequence of an echo request, as an ICMP error brings back its beginning; nothing for any other
/// message.
std::optional<EchoId> decode_echo_request(bool v6, std::span<const std::uint8_t> message);

/// The id and sequence of an echo reply; nothing for any other message.
std::optional<EchoId> decode_echo_reply(bool v6, std::span<const std::uint8_t> message);

/// The payload of an IPv4 packet; nothing when its header is not whole.
std::optional<std::span<const std::uint8_t>> without_ip_header(std::span<const std::uint8_t> packet);

}  // namespace rdpwatch::wire
