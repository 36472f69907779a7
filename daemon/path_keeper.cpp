#include "daemon/path_keeper.h"

#include <memory>
#include <utility>

#include <asio/post.hpp>

namespace rdpwatch::daemon {

std::function<void(std::string, PathLook)> PathKeeper::listener() {
  return [this](std::string target, PathLook look) {
    asio::post(io_, [this, target = std::move(target), look = std::move(look)]() mutable {
      take(target, std::move(look));
    });
  };
}

void PathKeeper::take(const std::string& target, PathLook look) {
  if (!look.seen.ping.why_not.empty() && !std::exchange(told_of_ping_, true))
    log_.warning("hosts are not pinged", {{"why", look.seen.ping.why_not}});
  metrics_.looked(look.method);
  const bool failing = look.row != nullptr;
  const auto* const record = store_.set_path(target, std::make_shared<const PathLook>(std::move(look)));
  if (record != nullptr && (failing || log_.enabled(LogSeverity::Debug))) log_path(log_, *record);
}

}  // namespace rdpwatch::daemon
