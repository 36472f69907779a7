#pragma once

#include <functional>
#include <string>

#include <asio/io_context.hpp>

#include "daemon/log.h"
#include "daemon/metrics/self_metrics.h"
#include "daemon/path_look.h"
#include "daemon/store.h"

namespace rdpwatch::daemon {

/// Puts looks at the ways to targets where they are shown: store, metrics, log. Lives on the main loop.
class PathKeeper {
 public:
  PathKeeper(asio::io_context& io, Store& store, metrics::SelfMetrics& metrics, Log& log)
      : io_{io}, store_{store}, metrics_{metrics}, log_{log} {}

  /// What takes a look of any thread to take(). Both `io` and this must outlive its calls.
  std::function<void(std::string target, PathLook look)> listener();
  void take(const std::string& target, PathLook look);

 private:
  asio::io_context& io_;
  Store& store_;
  metrics::SelfMetrics& metrics_;
  Log& log_;
  bool told_of_ping_ = false;  ///< that there is none
};

}  // namespace rdpwatch::daemon
