#include "probes/path/answer.h"

#include <array>
#include <string_view>

#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

namespace rdpwatch::path {
namespace {

struct Word {
  std::uint8_t type;
  std::uint8_t code;
  std::string_view text;
};

/// RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1.
constexpr auto kIcmp4 = std::to_array<Word>({
    {ICMP_DEST_UNREACH, ICMP_NET_UNREACH, "network unreachable"},
    {ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, "host unreachable"},
    {ICMP_DEST_UNREACH, ICMP_PROT_UNREACH, "protocol unreachable"},
    {ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, "port unreachable"},
    {ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, "fragmentation needed"},
    {ICMP_DEST_UNREACH, ICMP_NET_UNKNOWN, "network unknown"},
    {ICMP_DEST_UNREACH, ICMP_HOST_UNKNOWN, "host unknown"},
    {ICMP_DEST_UNREACH, ICMP_NET_ANO, "network administratively prohibited"},
    {ICMP_DEST_UNREACH, ICMP_HOST_ANO, "host administratively prohibited"},
    {ICMP_DEST_UNREACH, ICMP_PKT_FILTERED, "administratively prohibited"},
    {ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, "time exceeded"},
});

/// RFC 4443 section 3.
constexpr auto kIcmp6 = std::to_array<Word>({
    {ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOROUTE, "no route to destination"},
    {ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADMIN, "administratively prohibited"},
    {ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_BEYONDSCOPE, "beyond scope of source address"},
    {ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_ADDR, "address unreachable"},
    {ICMP6_DST_UNREACH, ICMP6_DST_UNREACH_NOPORT, "port unreachable"},
    {ICMP6_DST_UNREACH, 5, "source address failed policy"},
    {ICMP6_DST_UNREACH, 6, "reject route to destination"},
    {ICMP6_TIME_EXCEEDED, ICMP6_TIME_EXCEED_TRANSIT, "hop limit exceeded"},
});

}  // namespace

bool is_time_exceeded(const Answer& answer) {
  if (answer.kind != Answer::Kind::Icmp || !answer.icmp) return false;
  return answer.icmp->v6 ? answer.icmp->type == ICMP6_TIME_EXCEEDED && answer.icmp->code == 0
                         : answer.icmp->type == ICMP_TIME_EXCEEDED && answer.icmp->code == 0;
}

std::string icmp_words(const net::IcmpError& icmp) {
  const auto find = [&icmp](const auto& words) {
    for (const Word& word : words)
      if (word.type == icmp.type && word.code == icmp.code) return word.text;
    return std::string_view{};
  };
  const auto known = icmp.v6 ? find(kIcmp6) : find(kIcmp4);
  if (!known.empty()) return std::string{known};
  return std::string{icmp.v6 ? "ICMPv6" : "ICMP"} + " type " + std::to_string(icmp.type) + " code " +
         std::to_string(icmp.code);
}

}  // namespace rdpwatch::path
