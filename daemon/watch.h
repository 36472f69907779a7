#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/thread_pool.hpp>

namespace rdpwatch::daemon {

/// Tells when one of some files changed, appeared or went away: by inotify on their folders, or, where that
/// cannot be had, by looking at them from time to time. A burst of changes is told once, when it has calmed
/// down. Lives on one io_context.
class Watcher {
 public:
  struct Options {
    std::chrono::milliseconds calm{300};      ///< nothing more happened for this long
    std::chrono::milliseconds at_most{2000};  ///< but told at the latest this long after the first change
    std::chrono::milliseconds poll{5000};
    bool use_inotify = true;
  };

  /// `changed` is called on `io`. Without inotify, files are looked at on `background`, where a slow disk
  /// holds up nobody; where their folders are is looked up on `io`.
  Watcher(asio::io_context& io, asio::thread_pool& background, Options options,
          std::function<void()> changed);
  ~Watcher();
  Watcher(const Watcher&) = delete;
  Watcher& operator=(const Watcher&) = delete;

  /// Replaces what is watched: files and folders; of files their folder, of links on the way
  /// those that they lead over.
  void watch(const std::vector<std::filesystem::path>& paths);
  void stop();

  bool polling() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace rdpwatch::daemon
