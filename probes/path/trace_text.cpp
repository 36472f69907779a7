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

/// Before the first answer to a SYN, an echo request with a time to live of one went to the host itself.
bool on_link(const PathTrace& trace) {
  return trace.at == 0 && trace.echo_beyond && trace.echo_beyond->kind == Answer::Kind::EchoReply;
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
    case Answer::Kind::Silence: return "; an echo request one hop further gets no answer either";
    default: return {};
  }
}

/// Whether the first hop was silent to SYNs only.
bool only_to_syns(const PathTrace& trace) {
  return trace.echo_beyond && is_time_exceeded(*trace.echo_beyond);
}

/// This machine keeps ping here, so perhaps the SYNs, too.
bool denied_here(const PathTrace& trace) {
  return trace.at == 0 && trace.echo_beyond && trace.echo_beyond->kind == Answer::Kind::LocalError;
}

std::string silence(const PathTrace& trace) {
  if (on_link(trace))
    return "nobody answers, but ping reaches the host, on our own link: the drop is its own firewall, or on "
           "this "
           "machine";
  if (denied_here(trace))
    return "nobody answers on the way" + echo_addition(trace) + ": the drop is probably here as well";
  if (trace.at == 0)
    return (only_to_syns(trace)
                ? "nobody answers, not even the first hop: the drop is on this machine or at the "
                  "first hop"
                : "nobody answers on the way, so the drop may be anywhere from this machine to "
                  "the host") +
           echo_addition(trace);
  return "answers up to " + hop(trace, trace.at) + ", then silence: the drop is there or behind it" +
         echo_addition(trace);
}

bool host_unreachable(const net::IcmpError& icmp) {
  return icmp.v6 ? icmp.type == ICMP6_DST_UNREACH && icmp.code == ICMP6_DST_UNREACH_ADDR
                 : icmp.type == ICMP_DEST_UNREACH && icmp.code == ICMP_HOST_UNREACH;
}

std::string rejection(const PathTrace& trace) {
  const auto& icmp = *trace.icmp;
  const auto words = icmp_words(icmp);
  switch (trace.by) {
    case By::Us:
      if (host_unreachable(icmp))
        return "local: this machine itself says " + words +
               ": nobody answers for the next address on the link, or a rule of its own firewall says so";
      return "local: our own address rejects (" + words + "): a firewall on this machine";
    case By::Host: return "the host itself answers " + words + ": its own firewall rejects";
    case By::Unknown:
      return "somebody behind " + last_seen(trace) + " answers " + words +
             " with the host's address, which is translated on the way";
    case By::Router: break;
  }
  if (0 < trace.at) return hop(trace, trace.at) + " answers " + words;
  const int ttl = trace.answered_ttl;
  const auto where =
      ttl == 0 ? std::string{} : " (hop " + std::to_string(ttl - 1) + " or " + std::to_string(ttl) + ")";
  return icmp.from + where + ", which was silent before, answers " + words;
}

/// Where a RST of somebody nearer than the host comes from.
std::string reset_place(const PathTrace& trace) {
  if (trace.answered_ttl == 0) return "somewhere between " + last_seen(trace) + " and the host";
  if (trace.at == trace.answered_ttl - 1) return last_seen(trace) + " or a device right behind it";
  return "somewhere between " + last_seen(trace) + " and hop " + std::to_string(trace.answered_ttl);
}

std::string loop(const PathTrace& trace) {
  const auto first = hop(trace, trace.loop_from), last = hop(trace, trace.at);
  switch (trace.at - trace.loop_from) {
    case 0: return "routing loop: " + first + " sends to itself";
    case 1: return "routing loop: " + first + " and " + last + " send to each other";
    default: return "routing loop: the routers from " + first + " to " + last + " send in a circle";
  }
}

std::string too_long(const PathTrace& trace) {
  if (trace.icmp)
    return trace.icmp->from +
           " says that the time to live of a packet that may go all the way is used up: " + "behind " +
           last_seen(trace) + " is a routing loop, or a way that is too long";
  return "no end within " + std::to_string(kMaxHops) + " hops; the last to answer is " + last_seen(trace);
}

}  // namespace

bool nobody_has_address(const PathTrace& trace) {
  return trace.end == End::Rejected && trace.icmp && trace.by != By::Host && host_unreachable(*trace.icmp);
}

std::string says(const PathTrace& trace) {
  const auto at_hop = trace.host_hop == 0 ? std::string{} : " at hop " + std::to_string(trace.host_hop);
  const std::string host = trace.translated
                               ? "whoever answers for the host's address, which is translated on the way,"
                               : "the host";
  switch (trace.end) {
    case End::Accepted: return host + " accepts the connection" + at_hop;
    case End::Refused:
      return "the reset came from " + host + at_hop + ": nothing listens there, or its own firewall rejects";
    case End::ResetOnTheWay: return "the reset came from " + reset_place(trace) + ", not from the host";
    case End::ResetUnplaced:
      return "a reset came" + at_hop + ", from the host or from a device behind " + last_seen(trace) +
             " in its name: nothing tells them apart";
    case End::Rejected: return rejection(trace);
    case End::Silent: return silence(trace);
    case End::Loop: return loop(trace);
    case End::Local:
      return "local: this machine does not send: " + std::generic_category().message(trace.error_number);
    case End::TooLong: return too_long(trace);
    case End::Echoed: return "ping reaches the host at hop " + std::to_string(trace.host_hop);
    case End::NoEcho:
      return "ping is answered as far as " + last_seen(trace) + ", and not by the host" +
             (trace.icmp ? ": " + trace.icmp->from + " answers " + icmp_words(*trace.icmp) : std::string{});
    case End::Stopped: return "the trace was stopped; up to then answers came as far as " + last_seen(trace);
  }
  return {};
}

std::string suspect(const PathTrace& trace) {
  switch (trace.end) {
    case End::Accepted:
    case End::Stopped:
    case End::Echoed:
    case End::NoEcho: return {};
    case End::Refused: return "the host";
    case End::Local: return "this machine";
    case End::Rejected:
      if (nobody_has_address(trace)) return "the host and its link";
      if (trace.by == By::Us) return "this machine";
      if (trace.by == By::Host) return "the host";
      if (trace.by == By::Unknown) break;
      return trace.at == 0 ? trace.icmp->from : hop(trace, trace.at);
    case End::Loop:
      if (trace.at == trace.loop_from) return hop(trace, trace.at);
      return hop(trace, trace.loop_from) + (trace.at - trace.loop_from == 1 ? " and " : " to ") +
             hop(trace, trace.at);
    case End::Silent:
      if (on_link(trace)) return "the host and this machine";
      if (denied_here(trace)) return "this machine";
      if (trace.at == 0) return only_to_syns(trace) ? "this machine and the first hop" : "";
      break;
    case End::ResetOnTheWay: return reset_place(trace);
    case End::ResetUnplaced:
    case End::TooLong: break;
  }
  return last_seen(trace) + " or behind it";
}

std::string first_step(const PathTrace& trace, const Flow& flow) {
  const auto who = suspect(trace);
  const std::string host{flow.address};
  const auto tcp = "TCP port " + std::to_string(flow.port) +
                   (flow.from.empty() ? std::string{} : " from " + std::string{flow.from}) + " to " + host;
  switch (trace.end) {
    case End::Silent:
      if (who.empty()) return "capture on this machine and on the host, to see how far it gets: " + tcp;
      if (trace.at == 0) return "look at " + who + " (here: nft list ruleset) for a rule that drops " + tcp;
      return "look at " + who + ", up to the host's own firewall, for a rule that drops " + tcp;
    case End::Rejected:
      if (nobody_has_address(trace))
        return "see whether the host is on and has " + host + ": power, cable, VLAN, address";
      if (trace.by == By::Us)
        return "look at this machine's own firewall (nft list ruleset): it rejects " + tcp;
      return "at " + who + ", find the rule or route that rejects " + tcp;
    case End::ResetOnTheWay:
      return "at " + who + ", find the firewall or intrusion prevention that resets " + tcp;
    case End::Loop: return "correct the routes for " + host + " of " + who;
    case End::Local: return "look at the routes and the firewall of this machine: ip route get " + host;
    case End::Refused:
    case End::ResetUnplaced:
    case End::Accepted:
    case End::TooLong:
    case End::Echoed:
    case End::NoEcho:
    case End::Stopped: break;
  }
  return {};
}

bool refused_by_another(const PathTrace& trace) {
  return trace.end == End::ResetOnTheWay ||
         (trace.end == End::Rejected && (trace.by == By::Us || trace.by == By::Router));
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
    case End::Echoed: return "echoed";
    case End::NoEcho: return "no_echo";
    case End::Stopped: return "stopped";
  }
  return "";
}

std::string_view to_string(Method method) {
  switch (method) {
    case Method::Syn: return "syn";
    case Method::Echo: return "echo";
  }
  return "";
}

}  // namespace rdpwatch::path
