#include "probes/path/echo_trace.h"

namespace rdpwatch::path {

Trace::Action EchoTrace::ask(int ttl) {
  ttl_ = ttl;
  ++result_.echoes;
  return Trace::Echo{.ttl = ttl};
}

Trace::Action EchoTrace::finish(End end) {
  auto& hops = result_.hops;
  while (!hops.empty() && hops.back().address.empty()) hops.pop_back();
  result_.at = hops.empty() ? 0 : hops.back().ttl;
  result_.end = end;
  return Trace::Done{};
}

void EchoTrace::abandon(const Trace::Action& undone) {
  if (std::holds_alternative<Trace::Echo>(undone)) --result_.echoes;
  finish(End::Stopped);
}

Trace::Action EchoTrace::begin() { return ask(1); }

Trace::Action EchoTrace::step(const Answer& answer) {
  const bool silent = answer.kind == Answer::Kind::Silence;
  if (answer.kind == Answer::Kind::EchoReply) {
    result_.host_hop = ttl_;
    result_.by = By::Host;
    return finish(End::Echoed);
  }
  if (answer.kind == Answer::Kind::NotPossible) --result_.echoes;
  if (!silent && !is_time_exceeded(answer)) {
    result_.icmp = answer.icmp;
    return finish(answer.kind == Answer::Kind::Icmp ? End::NoEcho : End::Stopped);
  }
  result_.hops.push_back({ttl_, silent ? std::string{} : answer.icmp->from, answer.rtt});
  silent_ = silent ? silent_ + 1 : 0;
  if (silent_ == kMaxSilentHops || ttl_ == kMaxHops) return finish(End::NoEcho);
  return ask(ttl_ + 1);
}

}  // namespace rdpwatch::path
