#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "daemon/log.h"
#include "daemon/metrics/self_metrics.h"
#include "daemon/shard.h"

namespace rdpwatch::daemon {

/// All probe threads: which target lives on which, and what all of them are told. Lives on the main loop,
/// which never waits for a shard except in clear().
class ShardGroup {
 public:
  ShardGroup(asio::io_context& io, metrics::SelfMetrics& metrics, Log& log);
  ShardGroup(const ShardGroup&) = delete;
  ShardGroup& operator=(const ShardGroup&) = delete;

  /// Once. `asked` threads, or as many as suit the machine when it is 0 or less.
  void make(int asked, const MakeEngine& make_engine, Budget& budget, const ShardEvents& events);

  /// Finds the shard of each target of `config`; the shards hear of it by distribute(), with their share of
  /// the probes in flight. Between the two, pause() takes places of the new list.
  void place(std::shared_ptr<const config::Config> config);
  void distribute();
  void pause(const std::vector<std::uint32_t>& places);
  void resume(std::vector<ResumedTarget> targets);

  /// How long a probe of the slowest module may last.
  std::chrono::milliseconds longest_probe() const;

  /// Begins to probe; a second call does nothing.
  void start();
  /// Keeps the number of probes in flight current among the metrics, until stop_counting().
  void count();
  void stop_counting();
  /// No new probes; `stopped` is called when none is in flight on any of them.
  void stop(std::function<void()> stopped);
  void abort();
  /// Ends the threads.
  void clear();

  Shard& of(const config::Target& target);
  std::size_t size() const { return shards_.size(); }
  /// One for each thread: asks it for a sign of life.
  std::vector<std::function<void(std::function<void(Pulse)>)>> pulses();

 private:
  std::size_t effective_limit() const;

  asio::io_context& io_;
  metrics::SelfMetrics& metrics_;
  Log& log_;
  asio::steady_timer count_timer_;
  std::shared_ptr<const config::Config> config_{};
  std::vector<std::unique_ptr<Shard>> shards_{};
  std::vector<std::size_t> shard_of_{};  ///< by place among the targets of config_
  std::size_t running_ = 0;
  bool started_ = false;
};

/// Raises the limit of open descriptors as far as this process may, and returns it.
std::size_t raise_descriptor_limit();

}  // namespace rdpwatch::daemon
