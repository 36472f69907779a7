#include "daemon/exchange.h"

#include <array>
#include <string_view>
#include <utility>

#include <curl/curl.h>

#include "probes/sanitize.h"

namespace rdpwatch::daemon {
namespace {

using Headers = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

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

std::string lower_first(std::string_view text) {
  std::string out{text};
  const bool word = 1 < out.size() && 'a' <= out[1] && out[1] <= 'z';
  if (word && 'A' <= out[0] && out[0] <= 'Z') out[0] = static_cast<char>(out[0] - 'A' + 'a');
  return out;
}

void set_limits(CURL* curl, const HttpRequest& request, Transfer& transfer) {
  const bool https = request.url.starts_with("https:");
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, https ? "https" : "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0 < request.max_redirects ? 1L : 0L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, request.max_redirects);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_timeout.count()));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);  // or an end waits for the thread that asks name servers
  curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "");
  curl_easy_setopt(curl, CURLOPT_USERAGENT, request.user_agent.c_str());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
}

void set_identity(CURL* curl, const HttpRequest& request) {
  const auto set = [curl](CURLoption option, const std::string& value) {
    if (!value.empty()) curl_easy_setopt(curl, option, value.c_str());
  };
  set(CURLOPT_CAINFO, request.ca_file.string());
  set(CURLOPT_SSLCERT, request.cert_file.string());
  set(CURLOPT_SSLKEY, request.key_file.string());
  set(CURLOPT_PROXY, request.proxy_url);
  set(CURLOPT_USERNAME, request.username);
  set(CURLOPT_PASSWORD, request.password);
  set(CURLOPT_XOAUTH2_BEARER, request.bearer_token);
  curl_easy_setopt(curl, CURLOPT_HTTPAUTH, request.bearer_token.empty() ? CURLAUTH_BASIC : CURLAUTH_BEARER);
}

/// The headers must live until the request is done.
Headers set_body(CURL* curl, const HttpRequest& request) {
  if (request.body.empty()) return {nullptr, curl_slist_free_all};
  curl_slist* headers = curl_slist_append(nullptr, "Content-Type: application/json");
  headers = curl_slist_append(headers, "Expect:");  // no pause before a long body
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  return {headers, curl_slist_free_all};
}

std::expected<HttpAnswer, std::string> perform(CURL* curl, const HttpRequest& request, std::stop_token stop) {
  curl_easy_reset(curl);  // of the options; connections stay
  Transfer transfer{.max_bytes = request.max_bytes, .stop = std::move(stop)};
  std::array<char, CURL_ERROR_SIZE> text{};
  set_limits(curl, request, transfer);
  set_identity(curl, request);
  const auto headers = set_body(curl, request);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, text.data());
  const auto result = curl_easy_perform(curl);
  const auto failed = [](std::string_view why) { return std::unexpected{sanitize(why)}; };
  if (transfer.too_long) return failed("body over " + std::to_string(request.max_bytes) + " bytes");
  if (result == CURLE_ABORTED_BY_CALLBACK) return failed("stopped");
  if (result != CURLE_OK)
    return failed(lower_first(text[0] != '\0' ? text.data() : curl_easy_strerror(result)));
  HttpAnswer answer{.body = std::move(transfer.body)};
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
  const char* content_type = nullptr;
  curl_easy_getinfo(curl, CURLINFO_CONTENT_TYPE, &content_type);
  if (content_type != nullptr) answer.content_type = content_type;
  return answer;
}

}  // namespace

Exchange make_exchange() {
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::shared_ptr<CURL> curl{initialised == CURLE_OK ? curl_easy_init() : nullptr, curl_easy_cleanup};
  return [curl](const HttpRequest& request, std::stop_token stop) -> std::expected<HttpAnswer, std::string> {
    if (!curl) return std::unexpected{"libcurl cannot be initialised"};
    return perform(curl.get(), request, std::move(stop));
  };
}

std::string shown_url(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed{curl_url(), curl_url_cleanup};
  char* text = nullptr;
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK) return "invalid URL";
  for (const auto part : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT})
    curl_url_set(parsed.get(), part, nullptr, 0);
  if (curl_url_get(parsed.get(), CURLUPART_URL, &text, 0) != CURLUE_OK) return "invalid URL";
  std::string shown{text};
  curl_free(text);
  return sanitize(shown);
}

}  // namespace rdpwatch::daemon
