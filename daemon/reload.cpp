#include "daemon/reload.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/use_awaitable.hpp>

#include "config/web_file.h"
#include "daemon/schedule.h"

namespace rdpwatch::daemon {

/// What coroutines on the background thread use; they may outlive an abandoned caller, never the pool.
struct Loader::Work {
  std::filesystem::path file{};
  config::FetchUrl fetch{};
  std::filesystem::path web_config_file{};
  std::vector<std::string> listen{};
  std::map<std::string, std::uint64_t> loaded{};  ///< hash of the answer of each URL that was loaded last

  config::LoadResult load() {
    config::LoadOptions options;
    options.web_config_file = web_config_file;
    options.listen = listen;
    if (fetch)
      options.fetch = [this](const std::string& url) {
        auto answer = fetch(url);
        if (answer) loaded[url] = stable_hash(*answer);
        return answer;
      };
    auto result = config::load(file, options);
    if (result.config)
      std::erase_if(loaded, [&](const auto& known) {
        return std::ranges::find(result.config->target_urls, known.first) == result.config->target_urls.end();
      });
    return result;
  }

  bool differs(const std::vector<std::string>& urls) {
    return fetch && std::ranges::any_of(urls, [&](const std::string& url) {
             const auto answer = fetch(url);
             const auto known = loaded.find(url);
             return answer && (known == loaded.end() || known->second != stable_hash(*answer));
           });
  }

  std::atomic<bool> busy{false};

  static asio::awaitable<config::LoadResult> load_there(std::shared_ptr<Work> work) {
    work->busy = true;
    auto result = work->load();
    work->busy = false;
    co_return result;
  }
  static asio::awaitable<bool> compare_there(std::shared_ptr<Work> work, std::vector<std::string> urls) {
    work->busy = true;
    const bool result = work->differs(urls);
    work->busy = false;
    co_return result;
  }
};

Loader::Loader(std::filesystem::path file, config::FetchUrl fetch, std::filesystem::path web_config_file,
               std::vector<std::string> listen)
    : work_{std::make_shared<Work>()} {
  work_->file = std::move(file);
  work_->fetch = std::move(fetch);
  work_->web_config_file = std::move(web_config_file);
  work_->listen = std::move(listen);
}

Loader::~Loader() {
  background_.stop();
  background_.join();
}

bool Loader::busy() const { return work_->busy; }

config::LoadResult Loader::load_now() { return work_->load(); }

asio::awaitable<config::LoadResult> Loader::load() {
  auto there = Work::load_there(work_);
  co_return co_await asio::co_spawn(background_, std::move(there), asio::use_awaitable);
}

asio::awaitable<bool> Loader::urls_changed(std::vector<std::string> urls) {
  auto there = Work::compare_there(work_, std::move(urls));
  co_return co_await asio::co_spawn(background_, std::move(there), asio::use_awaitable);
}

bool same(const config::Config& a, const config::Config& b) {
  const bool same_web = a.web.file == b.web.file || (a.web.file && b.web.file && *a.web.file == *b.web.file);
  return same_web && a.sha256 == b.sha256 && a.watched == b.watched && a.target_urls == b.target_urls &&
         std::ranges::equal(a.targets, b.targets, [](const auto& x, const auto& y) { return *x == *y; });
}

}  // namespace rdpwatch::daemon
