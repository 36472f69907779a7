#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include "config/config.h"
#include "daemon/http/actions.h"
#include "daemon/metrics/self_metrics.h"
#include "daemon/shard.h"
#include "daemon/store.h"

namespace rdpwatch::daemon {

/// Probes that somebody asks for beside the schedule: hands them to the shard of the target and waits for the
/// answer, on the main loop. What it is made of outlives it.
class OnDemand {
 public:
  using FindShard = std::function<Shard&(const config::Target& target)>;

  OnDemand(asio::io_context& io, const Store& store, metrics::SelfMetrics& metrics, FindShard shard_of)
      : io_{io}, store_{store}, metrics_{metrics}, shard_of_{std::move(shard_of)} {}

  /// As Actions::probe, by the modules of `config`.
  asio::awaitable<OnDemandResult> probe(std::shared_ptr<const config::Config> config, std::string target,
                                        std::string module, std::chrono::milliseconds timeout, bool trace);

 private:
  struct Meeting;
  void ask(const config::Target& target, OnDemandRequest request, const std::shared_ptr<Meeting>& meeting);
  OnDemandResult last_result(const std::string& target, const std::string& module, NoProbe why) const;

  asio::io_context& io_;
  const Store& store_;
  metrics::SelfMetrics& metrics_;
  FindShard shard_of_;
};

}  // namespace rdpwatch::daemon
