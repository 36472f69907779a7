#include "daemon/http/peer_buckets.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>

namespace rdpwatch::daemon::http {

std::string client_of(std::string_view address) {
  std::string text{address.substr(0, address.find('%'))};
  std::array<char, 16> bytes{};
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return text;
  constexpr std::size_t kNetworkBytes = 8;
  return {bytes.data(), kNetworkBytes};
}

bool PeerBuckets::take(std::string_view address, Clock::time_point now) {
  const double burst = rate_.burst;
  const auto [it, is_new] = buckets_.try_emplace(client_of(address), Bucket{burst, now});
  Bucket& bucket = it->second;
  const double periods = std::chrono::duration<double>(now - bucket.filled) / rate_.period;
  bucket.tokens = std::min(burst, bucket.tokens + periods);
  bucket.filled = now;
  const bool had_one = 1 <= bucket.tokens;
  if (had_one) bucket.tokens -= 1;
  if (is_new) make_room();
  return had_one;
}

void PeerBuckets::give_back(std::string_view address) {
  if (const auto it = buckets_.find(client_of(address)); it != buckets_.end()) it->second.tokens += 1;
}

void PeerBuckets::make_room() {
  if (buckets_.size() <= peers_) return;
  buckets_.erase(std::ranges::min_element(buckets_, {}, [](const auto& each) { return each.second.filled; }));
}

}  // namespace rdpwatch::daemon::http
