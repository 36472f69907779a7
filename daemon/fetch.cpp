#include "daemon/fetch.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "daemon/exchange.h"

namespace rdpwatch::daemon {

std::expected<std::string, std::string> fetch(const std::string& url, const FetchOptions& options,
                                              std::stop_token stop) {
  const auto failed = [&](const std::string& why) { return std::unexpected{shown_url(url) + ": " + why}; };
  const auto exchange = make_exchange();
  auto answer = exchange({.url = url,
                          .connect_timeout = options.connect_timeout,
                          .timeout = options.timeout,
                          .max_bytes = options.max_bytes,
                          .max_redirects = options.max_redirects,
                          .user_agent = options.user_agent},
                         std::move(stop));
  if (!answer) return failed(answer.error());
  if (answer->status != 200)
    return failed("HTTP status " + std::to_string(answer->status) + ", expected 200");
  return std::move(answer->body);
}

CachedFetcher::CachedFetcher(FetchOptions options, std::stop_token stop)
    : options_{std::move(options)}, stop_{std::move(stop)} {}

std::expected<std::string, std::string> CachedFetcher::operator()(const std::string& url) {
  auto fresh = fetch(url, options_, stop_);
  const std::lock_guard lock{mutex_};
  if (fresh) {
    errors_.erase(url);
    bodies_[url] = *fresh;
    return fresh;
  }
  errors_[url] = fresh.error();
  const auto kept = bodies_.find(url);
  if (kept == bodies_.end()) return fresh;
  return kept->second;
}

std::map<std::string, std::string> CachedFetcher::errors() const {
  const std::lock_guard lock{mutex_};
  return errors_;
}

void CachedFetcher::keep_only(const std::vector<std::string>& urls) {
  const auto gone = [&](const auto& entry) { return std::ranges::find(urls, entry.first) == urls.end(); };
  const std::lock_guard lock{mutex_};
  std::erase_if(bodies_, gone);
  std::erase_if(errors_, gone);
}

}  // namespace rdpwatch::daemon
