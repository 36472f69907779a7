#include "probes/path/ping_tally.h"

#include <algorithm>

namespace rdpwatch::path {

void PingTally::add(const Answer& answer) {
  auto& sum = result_;
  switch (answer.kind) {
    case Answer::Kind::NotPossible: sum.why_not = answer.why_not; [[fallthrough]];
    case Answer::Kind::Cancelled: enough_ = true; return;
    case Answer::Kind::EchoReply:
      ++sum.received;
      sum_ += answer.rtt;
      sum.least = sum.received == 1 ? answer.rtt : std::min(sum.least, answer.rtt);
      sum.most = std::max(sum.most, answer.rtt);
      sum.mean = sum_ / sum.received;
      break;
    case Answer::Kind::LocalError: enough_ = true; [[fallthrough]];
    case Answer::Kind::Icmp: sum.refusal = answer; break;
    default: break;
  }
  ++sum.sent;
  enough_ = enough_ || sum.sent == kPings || (sum.received == 0 && sum.sent == kSilentPings);
}

int loss_percent(const PingResult& result) {
  return result.sent == 0 ? 0 : 100 * (result.sent - result.received) / result.sent;
}

}  // namespace rdpwatch::path
