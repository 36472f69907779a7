#include "daemon/shard_group.h"

#include <algorithm>
#include <string>
#include <thread>
#include <utility>

#include <asio/post.hpp>
#include <sys/resource.h>

namespace rdpwatch::daemon {
namespace {

/// Descriptors that are not for probes: doors, name server sockets, files, standard streams.
constexpr std::size_t kOtherDescriptors = 256;

std::size_t thread_count(int asked) {
  if (0 < asked) return static_cast<std::size_t>(asked);
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 2, 9) - 1;
}

}  // namespace

std::size_t raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  limit.rlim_cur = limit.rlim_max;
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) ::getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<std::size_t>(limit.rlim_cur);
}

std::chrono::milliseconds ShardGroup::longest_probe() const {
  std::chrono::milliseconds longest{0};
  for (const auto& target : config_->targets) {
    const auto& module = *target->module;
    longest = std::max(longest, module.timeout * (module.retries + 1) + module.retry_delay * module.retries);
  }
  return longest;
}

ShardGroup::ShardGroup(asio::io_context& io, metrics::SelfMetrics& metrics, Log& log)
    : io_{io}, metrics_{metrics}, log_{log}, count_timer_{io} {}

void ShardGroup::make(int asked, const MakeEngine& make_engine, Budget& budget, const ShardEvents& events) {
  const std::size_t count = thread_count(asked);
  for (std::size_t i = 0; i < count; ++i)
    shards_.push_back(std::make_unique<Shard>(make_engine, budget, 1, events));
  running_ = count;
}

void ShardGroup::place(std::shared_ptr<const config::Config> config) {
  config_ = std::move(config);
  shard_of_.clear();
  for (const auto& target : config_->targets) shard_of_.push_back(shard_of(*target, shards_.size()));
}

void ShardGroup::distribute() {
  std::vector<std::vector<std::shared_ptr<const config::Target>>> lists(shards_.size());
  for (std::size_t i = 0; i < shard_of_.size(); ++i) lists[shard_of_[i]].push_back(config_->targets[i]);
  const std::size_t limit = effective_limit();
  metrics_.set_in_flight_limit(limit);
  const std::size_t share = std::max<std::size_t>(1, (limit + lists.size() - 1) / lists.size());
  for (std::size_t i = 0; i < lists.size(); ++i) {
    shards_[i]->set_baseline(config_->baseline);
    shards_[i]->replace(std::move(lists[i]), share);
  }
}

std::size_t ShardGroup::effective_limit() const {
  const std::size_t descriptors = raise_descriptor_limit();
  const std::size_t room =
      descriptors < 2 * kOtherDescriptors ? descriptors / 2 : descriptors - kOtherDescriptors;
  const auto wanted = static_cast<std::size_t>(std::max(config_->probes_in_flight, 1));
  if (room < wanted)
    log_.warning("fewer probes in flight than configured, because of the limit of open files",
                 {{"probes_in_flight", wanted}, {"allowed", room}, {"open_files", descriptors}});
  return std::min(room, wanted);
}

/// Before the lists that have these targets: a target is not probed between the two.
void ShardGroup::pause(const std::vector<std::uint32_t>& places) {
  std::vector<std::vector<std::string>> lists(shards_.size());
  for (const auto place : places) lists[shard_of_[place]].push_back(config_->targets[place]->id);
  for (std::size_t i = 0; i < lists.size(); ++i) shards_[i]->pause(std::move(lists[i]));
}

void ShardGroup::resume(std::vector<ResumedTarget> targets) {
  const auto shared = std::make_shared<const std::vector<ResumedTarget>>(std::move(targets));
  for (const auto& shard : shards_) shard->resume(shared);
}

void ShardGroup::start() {
  if (std::exchange(started_, true)) return;
  for (const auto& shard : shards_) shard->start();
}

void ShardGroup::count() {
  std::size_t sum = 0;
  for (const auto& shard : shards_) sum += shard->in_flight();
  metrics_.set_in_flight(sum);
  count_timer_.expires_after(std::chrono::seconds{1});
  count_timer_.async_wait([this](asio::error_code error) {
    if (!error) count();
  });
}

void ShardGroup::stop_counting() { count_timer_.cancel(); }

void ShardGroup::stop(std::function<void()> stopped) {
  start();  // or those that wait for it would never say that they stopped
  const auto one_stopped = [this, stopped = std::move(stopped)] {
    if (--running_ == 0) stopped();
  };
  for (const auto& shard : shards_) shard->stop([this, one_stopped] { asio::post(io_, one_stopped); });
}

void ShardGroup::abort() {
  for (const auto& shard : shards_) shard->abort();
}

void ShardGroup::clear() { shards_.clear(); }

Shard& ShardGroup::of(const config::Target& target) { return *shards_[shard_of(target, shards_.size())]; }

std::vector<std::function<void(std::function<void(Pulse)>)>> ShardGroup::pulses() {
  std::vector<std::function<void(std::function<void(Pulse)>)>> pulses;
  pulses.reserve(shards_.size());
  for (const auto& shard : shards_)
    pulses.push_back(
        [&shard = *shard](std::function<void(Pulse)> answer) { shard.ask_pulse(std::move(answer)); });
  return pulses;
}

}  // namespace rdpwatch::daemon
