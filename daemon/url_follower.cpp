#include "daemon/url_follower.h"

#include <algorithm>
#include <utility>

#include <asio/experimental/as_tuple.hpp>
#include <asio/use_awaitable.hpp>

namespace rdpwatch::daemon {
namespace {

constexpr auto kNoThrow = asio::experimental::as_tuple(asio::use_awaitable);

}  // namespace

UrlFollower::UrlFollower(asio::io_context& io, Loader& loader, Log& log, Parts parts,
                         std::function<void()> changed)
    : loader_{loader}, log_{log}, parts_{std::move(parts)}, changed_{std::move(changed)}, timer_{io} {}

void UrlFollower::follow(std::vector<std::string> urls) {
  urls_ = std::move(urls);
  if (parts_.keep_only) parts_.keep_only(urls_);
  std::erase_if(failing_, [this](const auto& failing) {
    return std::ranges::find(urls_, failing.first) == urls_.end();
  });
}

asio::awaitable<void> UrlFollower::run() {
  while (!stopping_) {
    timer_.expires_after(parts_.interval);
    co_await timer_.async_wait(kNoThrow);
    if (stopping_ || urls_.empty()) continue;
    auto comparison = loader_.urls_changed(urls_);
    const bool changed = co_await std::move(comparison);
    tell();
    if (changed && !stopping_) changed_();
  }
}

void UrlFollower::stop() {
  stopping_ = true;
  timer_.cancel();
}

void UrlFollower::tell() {
  if (!parts_.errors || stopping_) return;
  auto errors = parts_.errors();
  for (const auto& [url, error] : errors)
    if (!failing_.contains(url))
      log_.warning("a target list cannot be fetched, what it said last stays in effect", {{"error", error}});
  for (const auto& [url, error] : failing_)
    if (!errors.contains(url)) log_.info("a target list is fetched again", {{"error_before", error}});
  failing_ = std::move(errors);
}

void UrlFollower::take_as_told() {
  if (parts_.errors) failing_ = parts_.errors();
}

}  // namespace rdpwatch::daemon
