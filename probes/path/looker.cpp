#include "probes/path/looker.h"

#include "probes/path/ping.h"
#include "probes/path/trace_path.h"

namespace rdpwatch::path {
namespace {

/// Takes the deadline out of the list, however the look ends.
struct Running {
  std::list<net::Deadline>& all;
  std::list<net::Deadline>::iterator mine;
  ~Running() { all.erase(mine); }
};

}  // namespace

asio::awaitable<Look> Looker::look(asio::ip::tcp::endpoint endpoint, Method method) {
  const Running running{running_, running_.emplace(running_.end(), io_)};
  if (stopped_) running.mine->cancel();
  const PathTools tools{io_, lingering_, *running.mine};
  const auto until = std::chrono::steady_clock::now() + kLimit;
  Look look;
  if (method == Method::Syn) look.trace = co_await trace_path(tools, endpoint, until);
  else look.trace = co_await trace_by_echo(tools, endpoint.address(), until);
  look.ping = co_await ping(tools, endpoint.address());
  co_return look;
}

void Looker::stop() {
  stopped_ = true;
  for (auto& deadline : running_) deadline.cancel();
}

}  // namespace rdpwatch::path
