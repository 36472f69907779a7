#include "daemon/vantage_keeper.h"

#include <algorithm>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/use_awaitable.hpp>

#include "daemon/exception_text.h"
#include "daemon/vantage/survey.h"

namespace rdpwatch::daemon {
namespace {

using std::chrono::steady_clock;
using vantage::Check;
using vantage::Look;
using vantage::State;

constexpr auto kNoThrow = asio::experimental::as_tuple(asio::use_awaitable);
constexpr std::size_t kNames = 3;
constexpr std::size_t kStride = 7919;  ///< neighbours on the list may have the same fault
constexpr std::size_t kAddresses = 16;
/// What of the default route is asked for: it leads nowhere (RFC 5737), and nothing is sent.
constexpr auto kElsewhere = "192.0.2.1";

}  // namespace

void VantageKeeper::configure(const config::Config& config) {
  if (controls_ != config.control_targets) controls_due_ = {};
  controls_ = config.control_targets;
  interception_.keep([&](std::string_view id) { return config.find(id) != nullptr; });
}

void VantageKeeper::start() {
  if (parts_.make_senses) senses_ = parts_.make_senses(parts_.io, parts_.budget);
  asio::co_spawn(parts_.io, keep_looking(), [this](const std::exception_ptr& error) {
    if (error) parts_.crashed(text_of(error));
  });
}

void VantageKeeper::stop() {
  stopped_ = true;
  timer_.cancel();
  if (senses_.stop) senses_.stop();
}

void VantageKeeper::observe(const ProbeReport& report) {
  const auto* const past = parts_.history.find(report.target);
  if (past != nullptr) interception_.observe(report, past->memory.certificate.get(), parts_.now());
}

asio::awaitable<void> VantageKeeper::keep_looking() {
  while (!stopped_) {
    co_await look();
    if (stopped_) co_return;
    timer_.expires_after(parts_.interval);
    co_await timer_.async_wait(kNoThrow);
  }
}

asio::awaitable<void> VantageKeeper::look() {
  judge_reports();
  if (senses_.route) ask_routes();
  if (senses_.self_probe) {
    auto probing = senses_.self_probe();
    const auto climbed = co_await std::move(probing);
    take(Check::SelfProbe, unless_connected(judge_self_probe(climbed), passing()));
  }
  if (senses_.names) co_await ask_names();
  if (senses_.controls) co_await ask_controls();
}

asio::awaitable<void> VantageKeeper::ask_names() {
  std::vector<vantage::Name> names;
  for (const auto* target : vantage::named_targets(parts_.store.records(), turn_ += kStride, kNames))
    names.push_back({target->host, target->module ? target->module->resolver : config::Resolver{}});
  auto asking = senses_.names(std::move(names));
  const auto asked = co_await std::move(asking);
  take(Check::Resolver, unless_resolved(vantage::judge_names(asked), passing()));
}

/// Rarely, for they are hosts like others; but what looks bad is looked at again at once.
asio::awaitable<void> VantageKeeper::ask_controls() {
  const auto now = steady_clock::now();
  if (now < controls_due_) co_return;
  auto asking = senses_.controls(controls_);
  const auto look = vantage::judge_controls(co_await std::move(asking));
  const bool news = look.state == State::Disturbed && health_.of(Check::Control).state != State::Disturbed;
  controls_due_ = news ? now : now + vantage::kControlRhythm;
  take(Check::Control, look);
}

void VantageKeeper::judge_reports() {
  const auto now = parts_.now();
  auto seen = vantage::survey(parts_.store.records(), now - vantage::Interception::kTogether);
  take(Check::Firewall, vantage::judge_denials(seen));
  take(Check::Interception, interception_.look(seen.certificates, now));
  if (senses_.clock) take(Check::Clock, clock_.judge(senses_.clock(), std::move(seen.clocks)));
}

/// A minute is the usual interval: in it, each target is probed once.
vantage::Passing VantageKeeper::passing() const {
  return vantage::passing(parts_.store.records(), parts_.now() - std::chrono::minutes{1});
}

void VantageKeeper::ask_routes() {
  auto known = vantage::target_addresses(parts_.store.records(), kAddresses);
  if (!known.empty()) addresses_ = std::move(known);
  std::vector<vantage::RouteAsked> asked;
  asked.reserve(addresses_.size());
  for (const auto& address : addresses_) asked.push_back(senses_.route(address));
  const bool default_route = senses_.route(kElsewhere).error == 0;
  take(Check::Route, unless_connected_out(vantage::judge_routes(asked, default_route), passing()));
}

void VantageKeeper::take(Check check, Look look) {
  if (stopped_) return;
  const State before = health_.of(check).state;
  const bool changed = health_.take(check, std::move(look), parts_.now());
  parts_.metrics.set(health_);
  if (!changed) return;
  tell(check, before);
  mark();
}

void VantageKeeper::tell(Check check, State before) {
  const auto& entry = health_.of(check);
  const LogFields fields{{"check", to_string(check)}, {"detail", entry.detail}, {"since", entry.since}};
  if (entry.state == State::Disturbed)
    return parts_.log.warning("the vantage is disturbed, verdicts are suspect", fields);
  if (before == State::Disturbed)
    return parts_.log.info(health_.healthy() ? "the vantage is not disturbed any more"
                                             : "a check of the vantage is not disturbed any more",
                           fields);
  const auto words =
      entry.state == State::Sound ? "a check of the vantage is sound" : "a check of the vantage cannot tell";
  parts_.log.debug(words, fields);
}

/// Also what was found since the disturbance began, and shortly before: it was there before it was seen.
void VantageKeeper::mark() {
  const bool was_sound = suspect_ == nullptr;
  suspect_ = health_.healthy() ? nullptr : std::make_shared<const std::string>(health_.disturbed());
  if (!suspect_ || !was_sound) return;
  auto from = parts_.now();
  for (const Check check : vantage::kChecks)
    if (health_.of(check).state == State::Disturbed) from = std::min(from, health_.of(check).since);
  parts_.store.suspect_since(from - parts_.interval, suspect_);
}

}  // namespace rdpwatch::daemon
