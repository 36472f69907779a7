#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "daemon/shard.h"

namespace rdpwatch::test {

/// What the stand-ins of all shards share: how they behave and what they saw. Thread-safe.
struct FakeWorld {
  std::atomic<bool> hold{false};        ///< probes last until released or cancelled
  std::atomic<bool> failing{false};     ///< verdict of the reports
  std::atomic<bool> throwing{false};    ///< a bug in the prober
  std::atomic<bool> stubborn{false};    ///< probes ignore stop()
  std::atomic<int> took{0};             ///< milliseconds that the reports give as duration
  std::atomic<int> connections{1};      ///< each asks the budget this often, of address 192.0.2.1
  std::atomic<bool> address{false};     ///< reports tell one, so that the way there can be looked at
  std::atomic<bool> hold_looks{false};  ///< looks last until released or stopped
  std::atomic<std::uint64_t> looks{0};  ///< begun
  std::atomic<std::uint64_t> begun{0};
  std::atomic<std::uint64_t> twice{0};  ///< a target that was in flight twice
  std::mutex mutex{};
  std::map<std::string, int> in_flight{};                                  ///< by id
  std::map<std::string, std::shared_ptr<const config::Module>> modules{};  ///< of the last probe, by id
  std::atomic<std::uint64_t> bypassing{0};                  ///< probes that may climb by address
  std::map<std::string, std::chrono::seconds> baselines{};  ///< likewise
};

daemon::Engine make_fake_engine(asio::io_context& io, const std::shared_ptr<FakeWorld>& world);

/// Lets one thread wait for what others do.
class Happenings {
 public:
  void happen(const std::string& what, std::uint64_t count = 1) {
    const std::scoped_lock lock{mutex_};
    counts_[what] += count;
    changed_.notify_all();
  }
  std::uint64_t count(const std::string& what) {
    const std::scoped_lock lock{mutex_};
    return counts_[what];
  }
  /// False when it did not happen that often within a time that no working program needs.
  bool wait_for(const std::string& what, std::uint64_t count = 1) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, std::chrono::seconds{60}, [&] { return count <= counts_[what]; });
  }

 private:
  std::mutex mutex_{};
  std::condition_variable changed_{};
  std::map<std::string, std::uint64_t> counts_{};
};

std::shared_ptr<const config::Target> fake_target(const std::string& id,
                                                  std::chrono::seconds interval = std::chrono::seconds{1},
                                                  const std::string& host = "192.0.2.1");

}  // namespace rdpwatch::test
