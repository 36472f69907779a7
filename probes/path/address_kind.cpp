#include "probes/path/address_kind.h"

#include <algorithm>
#include <array>

namespace rdpwatch::path {
namespace {

struct Block4 {
  std::uint32_t network;
  int length;
  AddressKind kind;
};

/// The special blocks of RFC 6890; the first that fits decides.
constexpr auto kBlocks4 = std::to_array<Block4>({
    {0x00000000, 8, AddressKind::Special},     // "this network"
    {0x0A000000, 8, AddressKind::Private},     // 10.0.0.0
    {0x64400000, 10, AddressKind::Cgnat},      // 100.64.0.0
    {0x7F000000, 8, AddressKind::Loopback},    // 127.0.0.0
    {0xA9FE0000, 16, AddressKind::LinkLocal},  // 169.254.0.0
    {0xAC100000, 12, AddressKind::Private},    // 172.16.0.0
    {0xC0000000, 24, AddressKind::Special},    // 192.0.0.0
    {0xC0000200, 24, AddressKind::Special},    // 192.0.2.0, documentation
    {0xC0A80000, 16, AddressKind::Private},    // 192.168.0.0
    {0xC6120000, 15, AddressKind::Special},    // 198.18.0.0, benchmarks
    {0xC6336400, 24, AddressKind::Special},    // 198.51.100.0, documentation
    {0xCB007100, 24, AddressKind::Special},    // 203.0.113.0, documentation
    {0xE0000000, 3, AddressKind::Special},     // multicast and beyond
});

AddressKind kind_of(const asio::ip::address_v4& address) {
  const auto value = address.to_uint();
  const auto fits = [value](const Block4& block) {
    return (value ^ block.network) >> (32 - block.length) == 0;
  };
  const auto block = std::ranges::find_if(kBlocks4, fits);
  return block == kBlocks4.end() ? AddressKind::Public : block->kind;
}

}  // namespace

AddressKind kind_of(const asio::ip::address& address) {
  if (address.is_v4()) return kind_of(address.to_v4());
  const auto v6 = address.to_v6();
  if (v6.is_v4_mapped()) return kind_of(asio::ip::make_address_v4(asio::ip::v4_mapped, v6));
  if (v6.is_loopback()) return AddressKind::Loopback;
  if (v6.is_link_local()) return AddressKind::LinkLocal;
  const auto bytes = v6.to_bytes();
  if ((bytes[0] & 0xFE) == 0xFC) return AddressKind::Private;
  const bool documentation = bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0D && bytes[3] == 0xB8;
  return bytes[0] >> 5 == 1 && !documentation ? AddressKind::Public : AddressKind::Special;
}

std::string_view to_string(AddressKind kind) {
  switch (kind) {
    case AddressKind::Loopback: return "loopback";
    case AddressKind::LinkLocal: return "link-local";
    case AddressKind::Private: return "private";
    case AddressKind::Cgnat: return "CGNAT (100.64.0.0/10)";
    case AddressKind::Public: return "public";
    case AddressKind::Special: return "special, no host's";
  }
  return "";
}

}  // namespace rdpwatch::path
