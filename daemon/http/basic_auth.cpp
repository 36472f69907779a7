#include "daemon/http/basic_auth.h"

#include <algorithm>
#include <stdexcept>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace rdpwatch::daemon::http {
namespace {

char lower(char c) { return 'A' <= c && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// RFC 4648, section 4, the padding included.
std::optional<std::string> decode_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::string bytes(text.size() / 4 * 3, '\0');
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                      reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < static_cast<int>(padding)) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(size) - padding);
  return bytes;
}

}  // namespace

std::optional<Credentials> parse_basic(std::string_view authorization) {
  constexpr std::string_view kScheme = "basic ";
  const std::string_view scheme = authorization.substr(0, kScheme.size());
  if (!std::ranges::equal(scheme, kScheme, {}, lower)) return std::nullopt;
  authorization.remove_prefix(kScheme.size());
  authorization.remove_prefix(std::min(authorization.find_first_not_of(' '), authorization.size()));
  const auto text = decode_base64(authorization);
  const auto colon = text ? text->find(':') : std::string::npos;
  if (colon == std::string::npos) return std::nullopt;
  return Credentials{text->substr(0, colon), text->substr(colon + 1)};
}

FingerprintMaker::FingerprintMaker() {
  if (RAND_bytes(key_.data(), static_cast<int>(key_.size())) != 1)
    throw std::runtime_error{"no random numbers"};
}

Fingerprint FingerprintMaker::operator()(std::initializer_list<std::string_view> texts) const {
  std::string message;
  for (const auto text : texts) message.append(std::to_string(text.size())).append(":").append(text);
  Fingerprint print{};
  HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
       reinterpret_cast<const unsigned char*>(message.data()), message.size(), print.data(), nullptr);
  return print;
}

std::optional<bool> VerdictCache::find(const Fingerprint& what) const {
  if (right_.known.contains(what)) return true;
  if (wrong_.known.contains(what)) return false;
  return std::nullopt;
}

void VerdictCache::put(const Fingerprint& what, bool right) {
  Kind& kind = right ? right_ : wrong_;
  if (!kind.known.insert(what).second) return;
  kind.order.push_back(what);
  if (kind.order.size() <= capacity_) return;
  kind.known.erase(kind.order.front());
  kind.order.pop_front();
}

}  // namespace rdpwatch::daemon::http
