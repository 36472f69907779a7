#include "daemon/vantage/evidence.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace rdpwatch::daemon::vantage {
namespace {

enum class Answer : std::uint8_t { Answered, Failed, Silent, NotAsked };

Answer answer_of(const NameAsked& asked) {
  if (!asked.failure) return Answer::Answered;
  switch (*asked.failure) {
    case Cause::NameNotFound:
    case Cause::NoAddress:
    case Cause::InvalidAddress:
    case Cause::DnsCnameLoop: return Answer::Answered;
    case Cause::DnsServerFailure: return Answer::Failed;
    case Cause::NameInvalid:
    case Cause::Unclassified: return Answer::NotAsked;
    default: return Answer::Silent;
  }
}

bool failed(const Climbed& climbed) { return climbed.report->verdict == Verdict::Failed; }

std::string what_failed(const Climbed& climbed) {
  const auto& failure = climbed.report->failure;
  if (!failure || failure->row == nullptr) return climbed.target;
  return fmt::format("{}: {} ({})", climbed.target, failure->row->reason, failure->detail);
}

}  // namespace

Look judge_names(const std::vector<NameAsked>& names) {
  std::size_t failed = 0, silent = 0;
  for (const NameAsked& asked : names) {
    const Answer answer = answer_of(asked);
    if (answer == Answer::Answered) return {State::Sound, "name servers answer"};
    failed += answer == Answer::Failed ? 1 : 0;
    silent += answer == Answer::Silent ? 1 : 0;
  }
  if (failed + silent == 0) return {State::Unknown, "no target has a name to ask for"};
  if (silent == 0 && failed == 1)
    return {State::Unknown, "the name server fails for the only name there is to ask for"};
  return {State::Disturbed, fmt::format("no name server gives an answer: {} of {} names in vain, such as {}",
                                        failed + silent, names.size(), names.front().name)};
}

Look unless_resolved(Look look, const Passing& passing) {
  if (look.state != State::Disturbed || passing.resolved == 0) return look;
  return {State::Sound,
          fmt::format("probes got {} names resolved lately, though {}", passing.resolved, look.detail)};
}

Look unless_connected_out(Look look, const Passing& passing) {
  if (look.state != State::Disturbed || passing.connected_out * 2 <= passing.probed_out) return look;
  return {State::Sound, fmt::format("{} of {} probes connected lately, though {}", passing.connected_out,
                                    passing.probed_out, look.detail)};
}

Look unless_connected(Look look, const Passing& passing) {
  if (look.state != State::Disturbed || passing.connected * 2 <= passing.probed) return look;
  return {State::Unknown, fmt::format("{} of {} probes connected lately, though {}", passing.connected,
                                      passing.probed, look.detail)};
}

Look judge_routes(const std::vector<RouteAsked>& targets, bool default_route) {
  if (targets.empty()) return {State::Unknown, "no target has an address beyond this machine"};
  const auto has_none = [](const RouteAsked& asked) { return asked.error != 0; };
  const auto without = static_cast<std::size_t>(std::ranges::count_if(targets, has_none));
  const std::string_view way_out = default_route ? "" : "; there is no default route";
  if (without * 2 <= targets.size())
    return {State::Sound, fmt::format("a route leads to {} of {} addresses of targets{}",
                                      targets.size() - without, targets.size(), way_out)};
  const auto first = std::ranges::find_if(targets, has_none);
  return {State::Disturbed,
          fmt::format("no route to {} of {} addresses of targets, such as {}: {}{}", without, targets.size(),
                      first->address, std::strerror(first->error), way_out)};
}

Look judge_self_probe(const Climbed& climbed) {
  if (!climbed.report) return {State::Unknown, climbed.none};
  if (!failed(climbed)) return {State::Sound, "a probe of this program's own responder passes"};
  return {State::Disturbed, "a probe of this program's own responder fails at " + what_failed(climbed)};
}

Look judge_controls(const std::vector<Climbed>& controls) {
  if (controls.empty()) return {State::Unknown, "no control target is configured"};
  const Climbed* in_vain = nullptr;
  for (const Climbed& control : controls) {
    if (!control.report) continue;
    if (!failed(control)) return {State::Sound, fmt::format("the control target {} answers", control.target)};
    if (in_vain == nullptr) in_vain = &control;
  }
  if (in_vain == nullptr) return {State::Unknown, controls.front().none};
  return {State::Disturbed, "no control target answers, " + what_failed(*in_vain)};
}

}  // namespace rdpwatch::daemon::vantage
