#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/thread_pool.hpp>

#include "config/load.h"

namespace rdpwatch::daemon {

/// Loads the configuration on a thread of its own: that takes 0.4 s for 10,000 targets, and a name server or
/// a web server may be slow. Results are values; the caller activates them on its loop.
class Loader {
 public:
  /// `web_config_file` and `listen` take the place of web.config_file and `listen` unless empty. `fetch` may
  /// be empty; it is called on the background thread only.
  Loader(std::filesystem::path file, config::FetchUrl fetch, std::filesystem::path web_config_file = {},
         std::vector<std::string> listen = {});
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  /// On the calling thread; for the start, before any loop runs.
  config::LoadResult load_now();
  /// In the background; resumes on the caller's executor.
  asio::awaitable<config::LoadResult> load();
  /// Fetches in the background; true when an answer differs from what was last loaded.
  asio::awaitable<bool> urls_changed(std::vector<std::string> urls);

  /// A load or a fetch is running, and the destructor would wait for it.
  bool busy() const;

  asio::thread_pool& background() { return background_; }

 private:
  struct Work;
  std::shared_ptr<Work> work_;
  asio::thread_pool background_{1};
};

/// Whether a reload would change nothing.
bool same(const config::Config& a, const config::Config& b);

}  // namespace rdpwatch::daemon
