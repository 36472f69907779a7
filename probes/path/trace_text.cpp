#include "probes/path/trace_text.h"

#include <system_error>

#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

namespace rdpwatch::path {
namespace {

std::string address_of(const PathTrace& trace, int ttl) {
  for (const Hop& hop : trace.hops)
    if (hop.ttl == ttl) return hop.address;
  return {};
}

/// "hop 2 (10.1.1.1)"
std::string hop(const PathTrace& trace, int ttl) {
  const auto address = address_of(trace, ttl);
  auto text = "hop " + std::to_string(ttl);
  return address.empty() ? text : text + " (" + address + ")";
}

/// "hop 1 (10.1.1.1)"; before the first of them, this machine.
std::string last_seen(const PathTrace& trace) {
  return trace.at == 0 ? std::string{"this machine"} : hop(trace, trace.at);
}

/// What the echo request one hop behind the last answer adds.
std::string echo_addition(const PathTrace& trace) {
  if (!trace.echo_beyond) return {};
  const Answer& answer = *trace.echo_beyond;
  switch (answer.kind) {
    case Answer::Kind::EchoReply: return "; ping reaches the host, which is the next hop";
    case Answer::Kind::Icmp: {
      const auto& icmp = *answer.icmp;
      const auto from = icmp.ours ? std::string{"this machine"} : icmp.from;
      if (is_time_exceeded(answer)) return "; ping gets further, to " + from;
      return "; to ping, " + from + " answers \"" + icmp_words(icmp) + "\"";
    }
    case Answer::Kind::LocalError:
      return "; ping is denied by this machine: " + std::generic_category().message(answer.error_number);
    case Answer::Kind::Silence: return "; ping gets no further either";
    default: return {};
  }
}

std::string silence(const PathTrace& trace) {
  if (trace.at == 0)
    return "nobody answers, not even the first hop: the drop is on this machine or at the first hop" +
           echo_addition(trace);
  return "answers up to " + hop(trace, trace.at) + ", then silence: the drop is there or behind it" +
         echo_addition(trace);
}

/// Our own kernel says so when nobody on the link answers for the address.
bool nobody_on_link(const net::IcmpError& icmp) {
  return icmp.v6 ? icmp.type == ICMP6_DST_UNREACH && icmp.code == ICMP6_DST_UNREACH_ADDR
                 : icmp.type == ICMP_DEST_UNREACH && icmp.code == ICMP_HOST_UNREACH;
}

std::string rejection(const PathTrace& trace) {
  const auto& icmp = *trace.icmp;
  const auto words = icmp_words(icmp);
  switch (trace.by) {
    case By::Us:
      if (nobody_on_link(icmp))
        return "local: this machine itself says " + words +
               ": nobody answers for the next address on the link";
      return "local: our own address rejects (" + words + "): a firewall on this machine";
    case By::Host: return "the host itself answers " + words + ": its own firewall rejects";
    case By::Router:
    case By::Unknown: break;
  }
  if (0 < trace.at) return hop(trace, trace.at) + " answers " + words;
  return icmp.from + ", off the path, answers " + words;
}

}  // namespace

std::string says(const PathTrace& trace) {
  const auto at_hop = trace.host_hop == 0 ? std::string{} : " at hop " + std::to_string(trace.host_hop);
  switch (trace.end) {
    case End::Accepted: return "the host accepts the connection" + at_hop;
    case End::Refused:
      return "the reset came from the host" + at_hop + ": nothing listens there, or its own firewall rejects";
    case End::ResetOnTheWay:
      return "the reset came from " + last_seen(trace) + " or a device right behind it, not from the host";
    case End::ResetUnplaced:
      return "a reset came" + at_hop + ", from the host or from a device behind " + last_seen(trace) +
             " in its name: ping could not tell them apart";
    case End::Rejected: return rejection(trace);
    case End::Silent: return silence(trace);
    case End::Loop:
      return "routing loop: " + hop(trace, trace.loop_from) +
             (trace.loop_from == trace.at ? " sends to itself"
                                          : " and " + hop(trace, trace.at) + " send to each other");
    case End::Local:
      return "local: this machine does not send: " + std::generic_category().message(trace.error_number);
    case End::TooLong:
      return "no end within " + std::to_string(kMaxHops) + " hops; the last to answer is " +
             (trace.at == 0 && trace.icmp ? trace.icmp->from : last_seen(trace));
    case End::Stopped: return "the trace was stopped; up to then answers came as far as " + last_seen(trace);
  }
  return {};
}

std::string suspect(const PathTrace& trace) {
  switch (trace.end) {
    case End::Accepted: return {};
    case End::Refused: return "the host";
    case End::Local: return "this machine";
    case End::Rejected:
      if (trace.by == By::Us) return "this machine";
      if (trace.by == By::Host) return "the host";
      return trace.at == 0 ? trace.icmp->from : hop(trace, trace.at);
    case End::Loop: return hop(trace, trace.loop_from) + " and " + hop(trace, trace.at);
    case End::ResetOnTheWay:
    case End::ResetUnplaced:
    case End::Silent:
    case End::TooLong:
    case End::Stopped: break;
  }
  return last_seen(trace) + " or behind it";
}

std::string_view to_string(End end) {
  switch (end) {
    case End::Accepted: return "accepted";
    case End::Refused: return "refused";
    case End::ResetOnTheWay: return "reset_on_the_way";
    case End::ResetUnplaced: return "reset_unplaced";
    case End::Rejected: return "rejected";
    case End::Silent: return "silent";
    case End::Loop: return "loop";
    case End::Local: return "local";
    case End::TooLong: return "too_long";
    case End::Stopped: return "stopped";
  }
  return "";
}

}  // namespace rdpwatch::path
