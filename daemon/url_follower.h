#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>

#include "daemon/log.h"
#include "daemon/reload.h"

namespace rdpwatch::daemon {

/// By URL; each error is one line that starts with the URL as it may be shown.
using FetchErrors = std::map<std::string, std::string>;

/// Keeps up with the target lists behind URLs: looks now and then whether one of them says something else,
/// and tells when fetches of one begin to fail and when they work again. Lives on one io_context.
class UrlFollower {
 public:
  struct Parts {
    std::chrono::milliseconds interval{};
    std::function<FetchErrors()> errors{};  ///< of URLs whose last fetch failed; empty: none ever fails
    std::function<void(const std::vector<std::string>&)> keep_only{};  ///< may be empty; forgets the others
  };

  /// `changed` is called when an answer differs from what `loader` loaded last.
  UrlFollower(asio::io_context& io, Loader& loader, Log& log, Parts parts, std::function<void()> changed);
  UrlFollower(const UrlFollower&) = delete;
  UrlFollower& operator=(const UrlFollower&) = delete;

  /// The URLs in effect now. What was fetched from others is not kept.
  void follow(std::vector<std::string> urls);

  /// Looks until stop(). To be spawned once, on the io_context.
  asio::awaitable<void> run();
  void stop();

  /// One line for each URL whose fetches began to fail, or work again, since the last call.
  void tell();
  /// What fails now was told elsewhere.
  void take_as_told();

 private:
  Loader& loader_;
  Log& log_;
  Parts parts_;
  std::function<void()> changed_;
  asio::steady_timer timer_;
  std::vector<std::string> urls_{};
  FetchErrors failing_{};  ///< that were told
  bool stopping_ = false;
};

}  // namespace rdpwatch::daemon
