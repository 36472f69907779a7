#pragma once

#include <functional>
#include <memory>
#include <string>

#include <asio/io_context.hpp>
#include <asio/thread_pool.hpp>

#include "config/web_file.h"
#include "daemon/log.h"
#include "daemon/watch.h"

namespace rdpwatch::daemon {

/// Keeps up with the web configuration file, its certificates and keys, without a reload of anything else.
/// What is broken is told once and changes nothing. Lives on one io_context.
class WebFollower {
 public:
  using Changed = std::function<void(std::shared_ptr<const config::WebFile>)>;

  /// Files are read on `background`; `changed` is called on `io` with what differs from what is in effect.
  WebFollower(asio::io_context& io, asio::thread_pool& background, Watcher::Options watch, Log& log,
              Changed changed);
  ~WebFollower();
  WebFollower(const WebFollower&) = delete;
  WebFollower& operator=(const WebFollower&) = delete;

  /// What is in effect now.
  void follow(const config::Web& web);
  void stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
  Watcher watcher_;
};

}  // namespace rdpwatch::daemon
