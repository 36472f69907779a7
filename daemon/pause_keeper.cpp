#include "daemon/pause_keeper.h"

#include <algorithm>
#include <utility>

#include <asio/post.hpp>
#include <nlohmann/json.hpp>

#include "config/time_text.h"

namespace rdpwatch::daemon {
namespace {

constexpr std::size_t kComparisons = 20'000;  // at once: about a millisecond

std::string in_words(const PauseOrder& order) {
  const auto& window = order.window;
  std::string text = order.id.empty() ? "" : order.id + ": ";
  text += to_text(window.selector);
  if (window.weekly.empty()) text += ", until " + config::format_instant(window.start + window.duration);
  return text + ": " + window.reason;
}

/// A name that nobody checked is shown as one.
std::string shown_name(const PauseRequest& request) {
  if (!request.user.empty()) return request.user;
  return request.who.empty() ? request.from : request.who + " (says " + request.from + ")";
}

}  // namespace

PauseKeeper::PauseKeeper(asio::io_context& io, Store& store, Parts parts)
    : io_{io}, store_{store}, parts_{std::move(parts)}, timer_{io} {}

void PauseKeeper::configure(const config::Config& config) {
  pauses_.configure(config.maintenance, config.targets, parts_.now());
  for (Asked& each : asked_) each.selection = {};
  pauses_.look_up(kComparisons, parts_.now());
  changed();
}

void PauseKeeper::order(const PauseRequest& request, PauseOrdered done) {
  const auto start = std::chrono::floor<std::chrono::seconds>(parts_.now());
  PauseOrder order{{}, {request.selector, request.reason, start, {}, request.duration}, shown_name(request)};
  asked_.push_back({std::move(order), request.from, std::move(done), {}});
  if (!std::exchange(looking_up_, true)) look_up();
}

void PauseKeeper::answer(Asked asked) {
  PauseOrder& order = asked.order;
  const auto id = pauses_.add(order, std::move(asked.selection), parts_.now());
  if (id) {
    order.id = *id;
    parts_.save_soon();
    changed();
  }
  parts_.audit(
      {AuditAction::Pause, order.who, asked.from, in_words(order), id ? "done" : refused(id.error())});
  asked.done(id);
}

bool PauseKeeper::end(const std::string& id, const std::string& who, const std::string& from) {
  const auto orders = pauses_.orders();
  const auto found = std::ranges::find(orders, id, &PauseOrder::id);
  if (found == orders.end() || !pauses_.end(id, parts_.now())) return false;
  parts_.audit({AuditAction::PauseEnd, who, from, in_words(*found), "done"});
  parts_.save_soon();
  changed();
  return true;
}

void PauseKeeper::when_known(std::function<void()> then) {
  if (!pauses_.pending()) return then();
  when_known_ = std::move(then);
}

state::Section PauseKeeper::section() {
  return {.name = "pauses",
          .save = [this] { return [orders = pauses_.orders()] { return to_json(orders); }; },
          .load =
              [this](const nlohmann::json& state) {
                const auto now = parts_.now();
                pauses_.restore(pause_orders_from(state, now), now);
                changed();
              }};
}

void PauseKeeper::stop() {
  stopped_ = true;
  timer_.cancel();
}

void PauseKeeper::tell_events() {
  for (const auto& [began, what] : pauses_.take_events()) {
    parts_.audit({began ? AuditAction::Pause : AuditAction::PauseEnd, what.who, {}, in_words(what), "done"});
    if (!what.id.empty()) parts_.save_soon();
  }
}

void PauseKeeper::changed() {
  tell_events();
  parts_.pause_probes(pauses_.left_alone());
  if (when_known_ && !pauses_.pending()) std::exchange(when_known_, {})();
  told_ = 0;
  if (!std::exchange(telling_, true)) tell_store();
  if (pauses_.pending() && !std::exchange(looking_up_, true)) asio::post(io_, [this] { look_up(); });
  wait();
}

/// A part of what is pending or else of what was asked for, the next one when others had their turn.
void PauseKeeper::look_up() {
  if (pauses_.pending()) {
    pauses_.look_up(kComparisons, parts_.now());
    if (!pauses_.pending()) changed();
  } else if (!asked_.empty()) {
    look_up_asked();
  }
  looking_up_ = pauses_.pending() || !asked_.empty();
  if (looking_up_) asio::post(io_, [this] { look_up(); });
}

void PauseKeeper::look_up_asked() {
  Asked& first = asked_.front();
  auto left = kComparisons;
  first.selection.look_up(first.order.window.selector, pauses_.targets(), left);
  if (!first.selection.whole()) return;
  Asked whole = std::move(first);
  asked_.pop_front();
  answer(std::move(whole));
}

void PauseKeeper::tell_store() {
  constexpr std::size_t kAtOnce = 500;
  const auto& by_target = pauses_.by_target();
  const auto end = std::min(told_ + kAtOnce, by_target.size());
  for (; told_ < end; ++told_) store_.set_pause(told_, by_target[told_]);
  telling_ = told_ < by_target.size();
  if (telling_) asio::post(io_, [this] { tell_store(); });
}

/// Until the next change, but never long: the clock may be set.
void PauseKeeper::wait() {
  constexpr std::chrono::milliseconds kLongest{10'000};
  if (stopped_) return;
  const auto next = pauses_.next_change();
  const auto left = next ? std::chrono::ceil<std::chrono::milliseconds>(*next - parts_.now()) : kLongest;
  timer_.expires_after(std::clamp(left, std::chrono::milliseconds{0}, kLongest));
  timer_.async_wait([this](asio::error_code error) {
    if (error || stopped_) return;
    const bool moved = pauses_.advance(parts_.now());
    tell_events();
    if (moved) changed();
    else wait();
  });
}

}  // namespace rdpwatch::daemon
