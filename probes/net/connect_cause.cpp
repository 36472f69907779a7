#include "probes/net/connect_cause.h"

#include <cerrno>
#include <system_error>
#include <utility>

#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

namespace rdpwatch::net {
namespace {

std::string text_of(int error_number) { return std::generic_category().message(error_number); }

Observation observed(Cause cause, int error_number, std::string detail) {
  return {cause, static_cast<std::uint32_t>(error_number), std::move(detail)};
}

/// RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1. Nothing: the errno decides.
std::optional<Cause> cause_of_icmp4(std::uint8_t type, std::uint8_t code) {
  if (type == ICMP_TIME_EXCEEDED) return Cause::TtlExceeded;
  if (type != ICMP_DEST_UNREACH) return std::nullopt;
  switch (code) {
    case ICMP_NET_UNREACH:
    case ICMP_NET_UNKNOWN:
    case ICMP_NET_UNR_TOS: return Cause::NetworkUnreachable;
    case ICMP_HOST_UNREACH:
    case ICMP_HOST_UNKNOWN:
    case ICMP_HOST_ISOLATED:
    case ICMP_HOST_UNR_TOS: return Cause::HostUnreachable;
    case ICMP_PROT_UNREACH:
    case ICMP_PORT_UNREACH: return Cause::Refused;
    case ICMP_NET_ANO:
    case ICMP_HOST_ANO:
    case ICMP_PKT_FILTERED:
    case ICMP_PREC_VIOLATION:
    case ICMP_PREC_CUTOFF: return Cause::AdminProhibited;
    default: return std::nullopt;
  }
}

/// RFC 4443 section 3.
std::optional<Cause> cause_of_icmp6(std::uint8_t type, std::uint8_t code) {
  if (type == ICMP6_TIME_EXCEEDED) return Cause::TtlExceeded;
  if (type != ICMP6_DST_UNREACH) return std::nullopt;
  switch (code) {
    case ICMP6_DST_UNREACH_NOROUTE:
    case ICMP6_DST_UNREACH_BEYONDSCOPE: return Cause::NetworkUnreachable;
    case ICMP6_DST_UNREACH_ADDR: return Cause::HostUnreachable;
    case ICMP6_DST_UNREACH_NOPORT: return Cause::Refused;
    case ICMP6_DST_UNREACH_ADMIN:
    case 5:  // source address failed ingress or egress policy
    case 6:  // reject route to destination
      return Cause::AdminProhibited;
    default: return std::nullopt;
  }
}

std::string describe(const IcmpError& icmp) {
  std::string text = icmp.v6 ? "ICMPv6 type " : "ICMP type ";
  text += std::to_string(icmp.type) + " code " + std::to_string(icmp.code);
  if (!icmp.from.empty()) text += " from " + icmp.from;
  return text;
}

Observation denied(const ConnectError& error) {
  if (error.datagram_denied == true) {
    return observed(Cause::LocalRouteDenied, error.error_number,
                    text_of(error.error_number) +
                        ": a route of this machine prohibits the address, for datagrams as well as for TCP");
  }
  return observed(Cause::SocketDenied, error.error_number,
                  text_of(error.error_number) +
                      ": this machine denies the connection (firewall, sandbox or policy)" +
                      (error.datagram_denied ? "" : "; a prohibiting route could not be ruled out"));
}

}  // namespace

Observation socket_cause(int error_number, const char* step) {
  const auto detail = std::string{step} + ": " + text_of(error_number);
  switch (error_number) {
    case EACCES:
    case EPERM: return observed(Cause::SocketDenied, error_number, detail);
    case EAFNOSUPPORT:
      return observed(Cause::NetworkUnreachable, error_number, detail + ": this address family is off here");
    default: return observed(Cause::ResourcesExhausted, error_number, detail);
  }
}

Observation connect_cause(const ConnectError& error) {
  if (error.icmp) {
    const auto cause = error.icmp->v6 ? cause_of_icmp6(error.icmp->type, error.icmp->code)
                                      : cause_of_icmp4(error.icmp->type, error.icmp->code);
    // A rejecting rule in our own firewall answers in our own name.
    if (cause == Cause::AdminProhibited && error.icmp->ours)
      return observed(Cause::SocketDenied, error.error_number,
                      describe(*error.icmp) + ": this machine's own firewall rejects the connection");
    if (cause) return observed(*cause, error.error_number, describe(*error.icmp));
  }
  const auto suffix = error.icmp ? ", " + describe(*error.icmp) : std::string{};
  const auto text = text_of(error.error_number) + suffix;
  switch (error.error_number) {
    case ECONNREFUSED: return observed(Cause::Refused, error.error_number, "refused by RST");
    case ECONNRESET: return observed(Cause::ResetOnAccept, error.error_number, text);
    case ETIMEDOUT: return observed(Cause::Timeout, error.error_number, "no answer to the SYN");
    case ENETUNREACH:
      return observed(Cause::NetworkUnreachable, error.error_number,
                      text + (error.at_once ? ": this machine has no route to the address" : ""));
    case EHOSTUNREACH:
      return observed(Cause::HostUnreachable, error.error_number,
                      text + (error.at_once ? ": said by a route of this machine, nothing was sent" : ""));
    case EACCES:
    case EPERM: return denied(error);
    case EINVAL:
      return observed(Cause::LocalRouteDenied, error.error_number,
                      text + ": a blackhole route of this machine, or an address that needs a scope");
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EADDRNOTAVAIL:
    case EAGAIN: return observed(Cause::ResourcesExhausted, error.error_number, "connect: " + text);
    case EAFNOSUPPORT:
      return observed(Cause::NetworkUnreachable, error.error_number,
                      text + ": this address family is off here");
    default: return observed(Cause::Unclassified, error.error_number, text);
  }
}

}  // namespace rdpwatch::net
