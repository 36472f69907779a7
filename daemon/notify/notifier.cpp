#include "daemon/notify/notifier.h"

#include <algorithm>
#include <utility>

namespace rdpwatch::daemon::notify {
namespace {

using std::chrono::steady_clock;
using std::chrono::system_clock;

Queue::Options queue_options(const config::Alerts& times) {
  return {.resend = times.resend_interval, .resolved_for = times.resolved_for};
}

}  // namespace

Notifier::Notifier(asio::io_context& io, const Store& store, metrics::NotificationMetrics& metrics, Log& log,
                   std::function<Exchange()> make_exchange, std::function<void()> save_soon,
                   const vantage::Health& vantage)
    : timer_{io},
      store_{store},
      metrics_{metrics},
      log_{log},
      make_exchange_{std::move(make_exchange)},
      save_soon_{std::move(save_soon)},
      vantage_{vantage} {}

void Notifier::configure(const config::Config& config) {
  if (!make_exchange_ || stopping_) return;
  const bool enabled_before = enabled();
  keep_peers(config);
  if (!enabled()) {
    timer_.cancel();
    book_ = {};
    return count();
  }
  const auto now = system_clock::now();
  book_.configure(config, now);
  if (enabled_before) return tick();
  for (const TargetRecord& record : store_.records()) book_.observe(record, now);
  repeated_ = steady_clock::now();
  tick();
}

/// An Alertmanager whose settings stay keeps its thread and its queue.
void Notifier::keep_peers(const config::Config& config) {
  const bool same_times = config.alerts == times_;
  times_ = config.alerts;
  auto old = std::exchange(peers_, {});
  std::vector<std::string> names;
  for (const auto& alertmanager : config.alertmanagers) {
    const auto kept = std::ranges::find_if(old, [&](const Peer& peer) {
      return same_times && peer.pusher && peer.pusher->alertmanager() == alertmanager;
    });
    peers_.push_back(kept == old.end() ? make_peer(alertmanager) : std::move(*kept));
    names.push_back(alertmanager.url);
  }
  for (Peer& peer : old) {
    if (!peer.pusher) continue;
    peer.pusher->abandon();  // the loop does not wait for a request to end
    retired_.push_back(std::move(peer));
  }
  metrics_.set_alertmanagers(names);
}

Notifier::Peer Notifier::make_peer(const config::Alertmanager& alertmanager) {
  Pusher::Events events;
  events.changed = [&log = log_](const std::string& name, const std::string& error) {
    if (error.empty()) log.info("an Alertmanager takes alerts again", {{"alertmanager", name}});
    else
      log.warning("an Alertmanager does not take alerts, they wait",
                  {{"alertmanager", name}, {"error", error}});
  };
  Peer peer{
      std::make_unique<Pusher>(alertmanager, queue_options(times_), make_exchange_(), std::move(events))};
  peer.pusher->put(book_.all());
  return peer;
}

void Notifier::observe(const TargetRecord& record) {
  if (enabled() && !stopping_) book_.observe(record, system_clock::now());
}

void Notifier::stop() {
  stopping_ = true;
  timer_.cancel();
  if (!enabled()) return;
  advance();
  last_delivery_ = steady_clock::now() + kLastDelivery;
  for (const Peer& peer : peers_) peer.pusher->finish();
}

bool Notifier::wait() {
  for (const Peer& peer : peers_) peer.pusher->wait_until(last_delivery_);
  for (Peer& peer : peers_) {
    peer.pusher->abandon();
    retired_.push_back(std::move(peer));
  }
  peers_.clear();
  const auto limit = steady_clock::now() + kAbandoned;
  for (const Peer& peer : retired_) peer.pusher->wait_until(limit);
  return std::ranges::all_of(retired_, [](const Peer& peer) { return peer.pusher->done(); });
}

void Notifier::end() {
  timer_.cancel();
  peers_.clear();
  retired_.clear();
}

void Notifier::arm() {
  timer_.expires_after(kTick);
  timer_.async_wait([this](asio::error_code error) {
    if (!error && enabled() && !stopping_) tick();
  });
}

void Notifier::tick() {
  arm();
  advance();
  if (const auto now = steady_clock::now(); repeated_ + times_.resend_interval <= now) {
    repeated_ = now;
    hand_over(book_.firing());
  }
  count();
}

void Notifier::advance() {
  const bool all_delivered =
      std::ranges::all_of(peers_, [](const Peer& peer) { return peer.pusher->delivered_all(); });
  const auto now = system_clock::now();
  book_.set_vantage(vantage_.details(), now);
  book_.advance(store_.records(), now, all_delivered);
  const auto changes = book_.take_changes();
  if (std::ranges::any_of(changes, [](const Alert& alert) { return alert.ended.has_value(); })) save_soon_();
  hand_over(changes);
}

void Notifier::hand_over(const std::vector<Alert>& alerts) {
  for (const Peer& peer : peers_) peer.pusher->put(alerts);
}

void Notifier::count() {
  std::erase_if(retired_, [](const Peer& peer) { return peer.pusher->done(); });
  const auto counts = book_.counts();
  metrics_.set_alerts(counts.pending, counts.firing);
  std::size_t longest = 0;
  for (Peer& peer : peers_) {
    const auto now = peer.pusher->numbers();
    const auto before = std::exchange(peer.counted, now);
    metrics_.add(peer.pusher->alertmanager().url, now.sent - before.sent, now.errors - before.errors,
                 now.dropped - before.dropped);
    longest = std::max(longest, now.waiting);
  }
  metrics_.set_queue(longest, enabled() ? Queue::Options{}.capacity : 0);
}

state::Section Notifier::section() {
  return {.name = "alerts",
          .save = [this] { return book_.save(system_clock::now()); },
          .load =
              [this](const nlohmann::json& state) {
                if (!enabled()) return;
                book_.load(state, system_clock::now());
                hand_over(book_.all());
              }};
}

}  // namespace rdpwatch::daemon::notify
