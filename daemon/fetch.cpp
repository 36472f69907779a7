#include "daemon/fetch.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <utility>

#include <curl/curl.h>

#include "probes/sanitize.h"

namespace rdpwatch::daemon {

namespace {

struct Transfer {
  std::string body{};
  std::size_t max_bytes = 0;
  bool too_long = false;
  std::stop_token stop{};
};

std::size_t on_data(char* data, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const auto bytes = size * count;
  if (transfer.max_bytes - transfer.body.size() < bytes) {
    transfer.too_long = true;
    return 0;  // ends the transfer with CURLE_WRITE_ERROR
  }
  transfer.body.append(data, bytes);
  return bytes;
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<Transfer*>(user)->stop.stop_requested() ? 1 : 0;
}

/// The URL as it may be shown.
std::string without_credentials(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed{curl_url(), curl_url_cleanup};
  char* text = nullptr;
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return "invalid URL";
  curl_url_set(parsed.get(), CURLUPART_USER, nullptr, 0);
  curl_url_set(parsed.get(), CURLUPART_PASSWORD, nullptr, 0);
  if (curl_url_get(parsed.get(), CURLUPART_URL, &text, 0) != CURLUE_OK) return "invalid URL";
  std::string shown{text};
  curl_free(text);
  return shown;
}

using Handle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

void prepare(CURL* curl, const std::string& url, const FetchOptions& options, Transfer& transfer) {
  const bool https = url.starts_with("https:");
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, https ? "https" : "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, options.max_redirects);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(curl, CURLOPT_USERAGENT, options.user_agent.c_str());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
}

std::string lower_first(std::string_view text) {
  std::string out{text};
  const bool word = 1 < out.size() && 'a' <= out[1] && out[1] <= 'z';
  if (word && 'A' <= out[0] && out[0] <= 'Z') out[0] = static_cast<char>(out[0] - 'A' + 'a');
  return out;
}

}  // namespace

std::expected<std::string, std::string> fetch(const std::string& url, const FetchOptions& options,
                                              std::stop_token stop) {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  const auto failed = [&](std::string_view why) {
    return std::unexpected{sanitize(without_credentials(url)) + ": " + sanitize(why)};
  };
  const Handle curl{initialised == CURLE_OK ? curl_easy_init() : nullptr, curl_easy_cleanup};
  if (!curl) return failed("libcurl cannot be initialised");
  Transfer transfer{.max_bytes = options.max_bytes, .stop = std::move(stop)};
  std::array<char, CURL_ERROR_SIZE> text{};
  prepare(curl.get(), url, options, transfer);
  curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, text.data());
  const auto result = curl_easy_perform(curl.get());
  if (transfer.too_long) return failed("body over " + std::to_string(options.max_bytes) + " bytes");
  if (result == CURLE_ABORTED_BY_CALLBACK) return failed("stopped");
  if (result != CURLE_OK)
    return failed(lower_first(text[0] != '\0' ? text.data() : curl_easy_strerror(result)));
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return failed("HTTP status " + std::to_string(status) + ", expected 200");
  return std::move(transfer.body);
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
