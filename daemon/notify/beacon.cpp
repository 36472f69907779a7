#include "daemon/notify/beacon.h"

#include <utility>

#include "daemon/notify/fault_news.h"

namespace rdpwatch::daemon::notify {

Beacon::Beacon(std::string url, Exchange exchange, std::function<void(const std::string&)> changed)
    : url_{std::move(url)}, exchange_{std::move(exchange)}, changed_{std::move(changed)} {
  thread_ = std::jthread{[this](const std::stop_token& stop) {
    run(stop);
    const std::lock_guard lock{mutex_};
    done_ = true;
    called_.notify_all();
  }};
}

Beacon::~Beacon() {
  thread_.request_stop();
  thread_.join();
}

bool Beacon::wait_until(std::chrono::steady_clock::time_point limit) const {
  std::unique_lock lock{mutex_};
  return called_.wait_until(lock, limit, [this] { return done_; });
}

void Beacon::call() {
  {
    const std::lock_guard lock{mutex_};
    wanted_ = true;
  }
  called_.notify_all();
}

void Beacon::run(const std::stop_token& stop) {
  FaultNews news;
  for (;;) {
    {
      std::unique_lock lock{mutex_};
      if (!called_.wait(lock, stop, [this] { return wanted_; })) return;
    }
    const auto answer = exchange_(
        {.url = url_, .connect_timeout = std::chrono::seconds{5}, .timeout = std::chrono::seconds{10}}, stop);
    std::optional<long> fault;
    if (!answer) fault = 0;
    else if (answer->status < 200 || 300 <= answer->status) fault = answer->status;
    {
      const std::lock_guard lock{mutex_};
      wanted_ = false;
    }
    if (stop.stop_requested() || !news.is_news(fault, FaultNews::Time::clock::now())) continue;
    changed_(!answer ? answer.error() : fault ? "HTTP status " + std::to_string(*fault) : "");
  }
}

}  // namespace rdpwatch::daemon::notify
