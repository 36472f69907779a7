#include "probes/path/trace.h"

#include <algorithm>
#include <utility>

namespace rdpwatch::path {
namespace {

constexpr int kMaxTtl = 255;
constexpr int kLongestLoop = 6;

/// What systems send with: the least of the usual values from which `left` may be left.
int initial_ttl(int left) { return left <= 64 ? 64 : left <= 128 ? 128 : kMaxTtl; }

}  // namespace

Trace::Action Trace::syn(Stage stage, Syn question) {
  if (kMaxSyns <= result_.syns) return finish(End::TooLong, By::Unknown, last_answering());
  stage_ = stage;
  ttl_ = question.ttl;
  ++result_.syns;
  return question;
}

Trace::Action Trace::echo(Stage stage, Echo question) {
  stage_ = stage;
  ++result_.echoes;
  return question;
}

Trace::Action Trace::finish(End end, By by, int at) {
  stage_ = Stage::Done;
  result_.end = end;
  result_.by = by;
  result_.at = at;
  return Done{};
}

Trace::Action Trace::begin() { return syn(Stage::Hops, {.ttl = 1}); }

void Trace::abandon(const Action& undone) {
  if (std::holds_alternative<Syn>(undone)) --result_.syns;
  if (std::holds_alternative<Echo>(undone)) --result_.echoes;
  finish(End::Stopped, By::Unknown, last_answering());
}

Trace::Action Trace::step(const Answer& answer) {
  if (answer.kind == Answer::Kind::Cancelled) return finish(End::Stopped, By::Unknown, last_answering());
  switch (stage_) {
    case Stage::Hops: return at_hop(answer);
    case Stage::Last: return at_last(answer);
    case Stage::ResetEcho: return placed_by_echo(answer);
    case Stage::ResetNearer: return nearer(answer);
    case Stage::ResetFarther: return answer.kind == Answer::Kind::Silence ? reset_on_the_way() : unplaced();
    case Stage::ResetSame:
      if (answer.kind == Answer::Kind::Reset) return finish(End::Refused, By::Host, last_answering());
      return unplaced();
    case Stage::BeyondSilence:
      if (answer.kind == Answer::Kind::NotPossible) --result_.echoes;
      result_.echo_beyond = answer;
      return finish(End::Silent, By::Unknown, last_answering());
    case Stage::Done: break;
  }
  return Done{};
}

Trace::Action Trace::at_hop(const Answer& answer) {
  const bool silent = answer.kind == Answer::Kind::Silence;
  if (!silent && !is_time_exceeded(answer)) return final_answer(answer, ttl_);
  result_.hops.push_back({ttl_, silent ? std::string{} : answer.icmp->from, answer.rtt});
  result_.translated = result_.translated || result_.hops.back().address == host_;
  silent_ = silent ? silent_ + 1 : 0;
  if (found_loop()) return finish(End::Loop, By::Router, ttl_);
  if (silent_ == kMaxSilentHops || (silent && ttl_ == kMaxHops))
    return syn(Stage::Last, {.patience = kLastPatience});
  if (ttl_ == kMaxHops) return finish(End::TooLong, By::Router, ttl_);
  return syn(Stage::Hops, {.ttl = ttl_ + 1});
}

Trace::Action Trace::at_last(const Answer& answer) {
  if (is_time_exceeded(answer)) {
    result_.icmp = answer.icmp;
    return finish(End::TooLong, By::Router, hop_of(answer.icmp->from));
  }
  if (answer.kind != Answer::Kind::Silence) return final_answer(answer, 0);
  return echo(Stage::BeyondSilence, {.ttl = last_answering() + 1});
}

/// The answer to a SYN that no router took for its own reasons. `ttl`: 0 when it went all the way.
Trace::Action Trace::final_answer(const Answer& answer, int ttl) {
  result_.answered_ttl = ttl;
  switch (answer.kind) {
    case Answer::Kind::Accepted:
      result_.host_hop = ttl;
      return finish(End::Accepted, By::Host, last_answering());
    case Answer::Kind::Reset: result_.host_hop = ttl; return echo(Stage::ResetEcho, {.ttl = ttl});
    case Answer::Kind::Icmp: return rejected(answer, ttl);
    case Answer::Kind::LocalError:
      result_.error_number = answer.error_number;
      return finish(End::Local, By::Us);
    default: return finish(End::Stopped, By::Unknown, last_answering());
  }
}

Trace::Action Trace::rejected(const Answer& answer, int ttl) {
  const auto& icmp = *answer.icmp;
  result_.icmp = icmp;
  if (icmp.ours) return finish(End::Rejected, By::Us);
  if (icmp.from == host_) {
    result_.host_hop = ttl;
    return finish(End::Rejected, result_.translated ? By::Unknown : By::Host, last_answering());
  }
  if (const int hop = hop_of(icmp.from)) return finish(End::Rejected, By::Router, hop);
  // One that rejects before it looks at the time to live is met one hop earlier than one that forwards first.
  const bool known = 0 < ttl && last_answering() == ttl - 1;
  if (known) result_.hops.push_back({ttl, icmp.from, answer.rtt});
  return finish(End::Rejected, By::Router, known ? ttl : 0);
}

/// After a RST, the answer to an echo request with the same time to live.
Trace::Action Trace::placed_by_echo(const Answer& answer) {
  if (answer.kind == Answer::Kind::NotPossible) --result_.echoes;
  if (is_time_exceeded(answer)) return reset_on_the_way();
  if (answer.kind != Answer::Kind::EchoReply || answer.reply_ttl <= 0) return unplaced();
  host_ttl_ = answer.reply_ttl;
  if (host_ttl_ < kMaxTtl) return syn(Stage::ResetNearer, {.min_ttl = host_ttl_ + 1});
  return syn(Stage::ResetSame, {.min_ttl = host_ttl_});
}

/// Whether the RST came with more time to live left than the host's replies have. When it has more than
/// systems with the same initial value can have, it may be another's, or of a host behind whoever pings.
Trace::Action Trace::nearer(const Answer& answer) {
  if (answer.kind == Answer::Kind::Silence) return syn(Stage::ResetSame, {.min_ttl = host_ttl_});
  if (answer.kind != Answer::Kind::Reset) return unplaced();
  const int initial = initial_ttl(host_ttl_);
  if (initial == kMaxTtl) return reset_on_the_way();
  return syn(Stage::ResetFarther, {.min_ttl = initial + 1});
}

Trace::Action Trace::unplaced() { return finish(End::ResetUnplaced, By::Unknown, last_answering()); }

Trace::Action Trace::reset_on_the_way() {
  result_.host_hop = 0;
  const int before = last_answering();
  return finish(End::ResetOnTheWay, before == 0 ? By::Unknown : By::Router, before);
}

/// Whether the last hops are the same routers as those before them. One router that answers twice in a row
/// is not yet a loop.
bool Trace::found_loop() {
  const auto& hops = result_.hops;
  const auto size = static_cast<int>(hops.size());
  for (int length = 1; length <= kLongestLoop; ++length) {
    const int rounds = length == 1 ? 4 : 2;
    if (size < rounds * length) return false;
    const auto same = [&](int back) {
      const auto& hop = hops[static_cast<std::size_t>(size - 1 - back)];
      return !hop.address.empty() && hop.address != host_ &&
             hop.address == hops[static_cast<std::size_t>(size - 1 - back % length)].address;
    };
    bool loop = true;
    for (int back = 0; back < rounds * length; ++back) loop = loop && same(back);
    if (!loop) continue;
    result_.loop_from = hops[static_cast<std::size_t>(size - length)].ttl;
    return true;
  }
  return false;
}

int Trace::last_answering() const {
  for (auto hop = result_.hops.rbegin(); hop != result_.hops.rend(); ++hop)
    if (!hop->address.empty()) return hop->ttl;
  return 0;
}

int Trace::hop_of(std::string_view address) const {
  const auto found = std::ranges::find(result_.hops, address, &Hop::address);
  return found == result_.hops.end() ? 0 : found->ttl;
}

}  // namespace rdpwatch::path
