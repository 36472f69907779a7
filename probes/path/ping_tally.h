#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "probes/path/answer.h"

namespace rdpwatch::path {

inline constexpr std::chrono::milliseconds kEchoPatience{1000};
inline constexpr int kPings = 5;
/// A host that is silent so often from the start is not asked again.
inline constexpr int kSilentPings = 3;

/// What a few echo requests showed.
struct PingResult {
  int sent = 0;
  int received = 0;
  std::chrono::nanoseconds least{}, mean{}, most{};  ///< of the replies
  std::optional<Answer> refusal{};  ///< what came in place of a reply, when something did: Icmp or LocalError
  std::string why_not{};            ///< not empty: this process may not ping, and why
};

/// Sums up answers as they come. Pure.
class PingTally {
 public:
  void add(const Answer& answer);
  bool enough() const { return enough_; }
  const PingResult& result() const { return result_; }

 private:
  PingResult result_{};
  std::chrono::nanoseconds sum_{};
  bool enough_ = false;
};

/// Lost requests out of those that were sent, in percent.
int loss_percent(const PingResult& result);

}  // namespace rdpwatch::path
