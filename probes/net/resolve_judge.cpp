#include <algorithm>
#include <iterator>
#include <string_view>

#include "probes/net/dns_name.h"
#include "probes/net/resolve.h"
#include "probes/sanitize.h"

namespace rdpwatch::net {

namespace {

using asio::ip::address;

/// An IPv4 address in IPv6 form is judged as the IPv4 address that it is.
address plain(const address& any) {
  if (any.is_v6() && any.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, any.to_v6());
  return any;
}

bool is_unusable(const address& any) {
  const auto one = plain(any);
  if (one.is_unspecified() || one.is_multicast()) return true;
  if (one.is_v6()) return false;
  return one.to_v4() == asio::ip::address_v4::broadcast() || one.to_v4().to_bytes()[0] == 0;
}

bool lists(const std::vector<std::string>& expected, const address& one) {
  return std::ranges::any_of(expected, [&](const std::string& text) {
    asio::error_code error;
    const auto wanted = asio::ip::make_address(text, error);
    return !error && plain(wanted) == plain(one);
  });
}

std::string join(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& text : texts) out += (out.empty() ? "" : ", ") + text;
  return out;
}

template <class Predicate>
std::string texts_of(const std::vector<address>& addresses, Predicate predicate) {
  std::vector<std::string> texts;
  for (const auto& one : addresses)
    if (predicate(one)) texts.push_back(one.to_string());
  return join(texts);
}

Observation observation(Cause cause, const std::string& detail) {
  return {.cause = cause, .detail = sanitize(detail)};
}

}  // namespace

ResolveResult judge_addresses(const std::string& host, ResolveAnswer answer,
                              const std::vector<std::string>& expected) {
  const auto unusable = texts_of(answer.addresses, is_unusable);
  std::erase_if(answer.addresses, is_unusable);
  if (answer.addresses.empty())
    return std::unexpected{
        observation(Cause::InvalidAddress, host + " leads only to " + unusable + ", where no host can be")};
  if (!answer.from_literal && !is_localhost_name(host))
    std::ranges::copy_if(answer.addresses, std::back_inserter(answer.suspect), [&](const address& one) {
      return plain(one).is_loopback() && !lists(expected, one);
    });
  std::vector<std::string> invalid;
  if (!unusable.empty()) invalid.push_back("also to " + unusable + ", where no host can be");
  if (!answer.suspect.empty())
    invalid.push_back("to " + texts_of(answer.suspect, [](const address&) { return true; }) +
                      ", the loopback address of every client itself");
  if (!invalid.empty())
    answer.findings.push_back(observation(Cause::InvalidAddress, host + " leads " + join(invalid)));
  if (expected.empty()) return answer;
  const auto unexpected =
      texts_of(answer.addresses, [&](const address& one) { return !lists(expected, one); });
  if (!unexpected.empty())
    answer.findings.push_back(observation(Cause::UnexpectedAddress,
                                          host + " leads to " + unexpected + ", expected " + join(expected)));
  return answer;
}

}  // namespace rdpwatch::net
