#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>

namespace rdpwatch::daemon::http {

/// How much of something each client address may have: `burst` at once, one more every `period`. Pure.
class PeerBuckets {
 public:
  using Clock = std::chrono::steady_clock;
  struct Rate {
    int burst = 10;
    std::chrono::milliseconds period{1'000};
  };
  /// Of more than `peers` addresses, the one that asked longest ago is forgotten.
  explicit PeerBuckets(Rate rate, std::size_t peers = 1024) : rate_{rate}, peers_{peers} {}

  /// Takes one; false when there is none. IPv6 addresses of one /64 are one client.
  bool take(std::string_view address, Clock::time_point now);
  /// One that was taken turns out not to count.
  void give_back(std::string_view address);

  std::chrono::milliseconds period() const { return rate_.period; }
  std::size_t size() const { return buckets_.size(); }

 private:
  struct Bucket {
    double tokens = 0;
    Clock::time_point filled{};
  };
  void make_room();

  Rate rate_;
  std::size_t peers_;
  std::map<std::string, Bucket, std::less<>> buckets_{};
};

/// What of a client's address counts: IPv4 whole, of IPv6 the network.
std::string client_of(std::string_view address);

}  // namespace rdpwatch::daemon::http
