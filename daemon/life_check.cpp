#include "daemon/life_check.h"

#include <algorithm>
#include <utility>

#include <asio/post.hpp>

namespace rdpwatch::daemon {

void LifeCheck::start(Parts parts) {
  parts_ = std::move(parts);
  liveness_ = Liveness{parts_.threads.size()};
  told_still_.assign(parts_.threads.size(), false);
  unanswered_.assign(parts_.threads.size(), false);
}

void LifeCheck::ask(std::function<void()> all_moved) {
  if (std::ranges::count(unanswered_, true) != 0) {
    for (std::size_t thread = 0; thread < unanswered_.size(); ++thread)
      if (unanswered_[thread]) tell_still(thread, true);
    return;
  }
  all_moved_ = std::move(all_moved);
  unanswered_.assign(parts_.threads.size(), true);
  moved_ = true;
  for (std::size_t thread = 0; thread < parts_.threads.size(); ++thread)
    parts_.threads[thread](
        [this, thread](Pulse pulse) { asio::post(io_, [this, thread, pulse] { answered(thread, pulse); }); });
}

void LifeCheck::answered(std::size_t thread, const Pulse& pulse) {
  const bool moved = liveness_.moved(thread, pulse, parts_.longest_probe(), std::chrono::steady_clock::now());
  tell_still(thread, !moved);
  unanswered_[thread] = false;
  moved_ = moved_ && moved;
  if (moved_ && std::ranges::count(unanswered_, true) == 0) all_moved_();
}

void LifeCheck::tell_still(std::size_t thread, bool still) {
  if (still && !told_still_[thread] && parts_.not_moving) parts_.not_moving(thread);
  told_still_[thread] = still;
}

}  // namespace rdpwatch::daemon
