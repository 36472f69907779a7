#include <algorithm>

#include "probes/net/dns_message.h"
#include "tests/fuzz/entries.h"
#include "tests/fuzz/invariant.h"

namespace rdpwatch::fuzz {
namespace {

/// RFC 1035 section 2.3.4: 255 octets, each of which c-ares may write as an escape of four characters.
constexpr std::size_t kMaxNameText = std::size_t{255} * 4;

void check(const net::DnsAnswer& answer, net::DnsType type) {
  invariant(!answer.truncated || (answer.addresses.empty() && answer.alias.empty()),
            "nothing is read of a truncated answer");
  invariant(!answer.alias_loop || answer.addresses.empty(), "a loop leads nowhere");
  invariant(answer.addresses.size() <= 256, "the addresses are bounded");
  for (auto address = answer.addresses.begin(); address != answer.addresses.end(); ++address) {
    invariant(address->is_v4() == (type == net::DnsType::A), "an address is of the type that was asked");
    invariant(std::find(answer.addresses.begin(), address, *address) == address, "and stands once");
  }
  invariant(std::chrono::seconds{0} <= answer.ttl && answer.ttl <= std::chrono::seconds{0x7FFFFFFF},
            "a TTL is 31 bits");
  invariant(answer.alias.size() <= kMaxNameText, "a name is bounded");
  for (std::string_view rest = answer.alias; !rest.empty();
       rest.remove_prefix(std::min(rest.size(), kSanitizedBytes)))
    clean(rest.substr(0, kSanitizedBytes));
}

}  // namespace

void dns(Input input) {
  for (const auto type : {net::DnsType::A, net::DnsType::Aaaa}) {
    const auto answer = net::decode_dns_answer(input, type);
    if (answer) check(*answer, type);
    else invariant(!answer.error().empty(), "an error says what is wrong");
    if (answer || input.empty()) continue;
    // What cannot be read cannot be read when its end is missing, either; only the header may say
    // "truncated".
    const auto shorter = net::decode_dns_answer(input.first(input.size() - 1), type);
    invariant(!shorter, "less is not more");
  }
}

}  // namespace rdpwatch::fuzz
