#include "daemon/http/same_site.h"

#include <algorithm>
#include <array>
#include <new>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "daemon/http/url.h"

namespace rdpwatch::daemon::http {
namespace {

/// "http://rds.example:80" of "http://rds.example:80/page"
std::string_view origin_of(std::string_view url) {
  const std::size_t authority = url.find("://");
  if (authority == std::string_view::npos) return {};
  return url.substr(0, url.find('/', authority + 3));
}

/// In small letters and without the port that the scheme implies: so browsers write an origin.
std::string as_browsers_write(std::string_view origin) {
  std::string text{origin};
  std::ranges::transform(text, text.begin(),
                         [](char c) { return 'A' <= c && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const auto leave_out = [&](std::string_view scheme, std::string_view port) {
    if (text.starts_with(scheme) && text.ends_with(port)) text.resize(text.size() - port.size());
  };
  leave_out("http://", ":80");
  leave_out("https://", ":443");
  return text;
}

/// The host of "name:80", "10.0.0.1" or "[::1]:80", brackets included.
std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
  return authority.substr(0, authority.find(':'));
}

/// What nobody else can let a name lead to: names are only made of digits and dots when they are addresses.
bool cannot_be_pointed_elsewhere(std::string_view host) {
  if (host.starts_with('[') || host == "localhost") return true;
  return !host.empty() &&
         std::ranges::all_of(host, [](char c) { return c == '.' || ('0' <= c && c <= '9'); });
}

bool is_form(std::string_view content_type) {
  return content_type.substr(0, content_type.find(';')) == "application/x-www-form-urlencoded";
}

}  // namespace

std::optional<std::string> foreign_origin(const Request& request, std::string_view external_url) {
  if (!request.sec_fetch_site.empty() && request.sec_fetch_site != "same-origin")
    return "a page of another site may not ask for this";
  if (request.origin.empty()) return std::nullopt;
  if (as_browsers_write(request.origin) == as_browsers_write(origin_of(external_url))) return std::nullopt;
  const std::string_view origin = request.origin;
  const std::size_t scheme = origin.find("://");
  const bool same_host = scheme != std::string_view::npos && origin.substr(scheme + 3) == request.host;
  if (same_host && cannot_be_pointed_elsewhere(host_of(request.host))) return std::nullopt;
  if (same_host)
    return "this is only done under the name in external_url: set it to the address of this page";
  return "a page of another site may not ask for this";
}

FormTokens::FormTokens() : key_(32, '\0') {
  if (RAND_bytes(reinterpret_cast<unsigned char*>(key_.data()), static_cast<int>(key_.size())) != 1)
    throw std::bad_alloc{};
}

std::string FormTokens::token(std::string_view user) const {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const unsigned char*>(user.data()), user.size(), digest.data(), &size);
  constexpr std::size_t kBytes = 16;
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < kBytes; ++i) text += {kDigits[digest[i] >> 4], kDigits[digest[i] & 15]};
  return text;
}

std::expected<std::map<std::string, std::string, std::less<>>, Response> FormTokens::read(
    const Request& request) const {
  if (!is_form(request.content_type)) return std::unexpected{text_response(415, "a form is expected here")};
  auto fields = parse_query(request.body);
  if (!fields) return std::unexpected{text_response(400, "the form is not well-formed")};
  const auto sent = fields->find(kFormToken);
  const std::string expected = token(request.user);
  if (sent == fields->end() || sent->second.size() != expected.size() ||
      CRYPTO_memcmp(sent->second.data(), expected.data(), expected.size()) != 0)
    return std::unexpected{
        text_response(403, "this form is not one of ours, or is older than the daemon: load its page again")};
  fields->erase(sent);
  return std::move(*fields);
}

}  // namespace rdpwatch::daemon::http
