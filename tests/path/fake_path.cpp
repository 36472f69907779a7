#include "tests/path/fake_path.h"

#include <algorithm>
#include <variant>

#include <netinet/ip_icmp.h>

#include "probes/path/echo_trace.h"

namespace rdpwatch::test {

using path::Answer;
using path::Trace;

namespace {

constexpr int kTtl = 64;

Answer icmp(std::uint8_t type, std::uint8_t code, std::string from) {
  const bool ours = from == FakePath::kUs;
  return {.kind = Answer::Kind::Icmp, .icmp = net::IcmpError{false, type, code, std::move(from), ours}};
}

}  // namespace

/// A time to live that is used up at a router.
Answer FakePath::expired(int ttl) const {
  const int hop = loop && routers < ttl ? routers - 1 + (ttl - routers + 1) % 2 : ttl;
  if (std::ranges::find(mute, hop) != mute.end()) return {};
  return icmp(ICMP_TIME_EXCEEDED, 0, translated && 1 < hop ? kHost : router(hop));
}

Answer FakePath::faulty_answer() const {
  const auto name = faulty == 0 ? std::string{kUs} : routers < faulty ? std::string{kHost} : router(faulty);
  switch (fault) {
    case Fault::Reset: return {.kind = Answer::Kind::Reset};
    case Fault::Prohibit: return icmp(ICMP_DEST_UNREACH, ICMP_PKT_FILTERED, name);
    default: return {};
  }
}

Answer FakePath::to(const Trace::Syn& syn) const {
  const int ttl = syn.ttl == 0 ? kTtl : syn.ttl;
  const int host = routers + 1;
  // A router looks at the time to live before it forwards; the host does not.
  const bool met = fault != Fault::None && (faulty < host ? faulty < ttl : host <= ttl);
  if (!met && (loop || ttl < host))
    return syn.ttl == 0 ? icmp(ICMP_TIME_EXCEEDED, 0, router(1)) : expired(ttl);
  auto answer = met ? faulty_answer() : Answer{.kind = open ? Answer::Kind::Accepted : Answer::Kind::Reset};
  const int left = (met ? kTtl : reset_ttl) - std::max((met ? faulty : host) - 1, 0);
  if (answer.kind == Answer::Kind::Reset && left < syn.min_ttl) return {};
  return answer;
}

Answer FakePath::to(const Trace::Echo& echo) const {
  if (!ping_allowed) return {.kind = Answer::Kind::NotPossible};
  const int ttl = echo.ttl == 0 ? kTtl : echo.ttl;
  if (loop || ttl <= routers) return expired(ttl);
  if (!pings) return {};
  return {.kind = Answer::Kind::EchoReply, .reply_ttl = kTtl - routers};
}

path::PathTrace FakePath::trace() {
  Trace machine{kHost};
  auto action = machine.begin();
  while (!std::holds_alternative<Trace::Done>(action)) {
    if (const auto* syn = std::get_if<Trace::Syn>(&action)) {
      syns.push_back(*syn);
      action = machine.step(to(*syn));
    } else {
      action = machine.step(to(std::get<Trace::Echo>(action)));
    }
  }
  return std::move(machine.result());
}

path::PathTrace FakePath::trace_by_echo() const {
  path::EchoTrace machine;
  auto action = machine.begin();
  while (const auto* echo = std::get_if<Trace::Echo>(&action)) action = machine.step(to(*echo));
  return machine.result();
}

}  // namespace rdpwatch::test
