#pragma once

#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/http/message.h"

namespace rdpwatch::daemon::http {

/// Whether a request that may change something comes from where it should; says why not.
///
/// A browser sends whatever a foreign page tells it to, with the password that it remembers, from inside the
/// network that we trust. But it says where the page came from: Sec-Fetch-Site must be "same-origin", and
/// Origin must be the origin of `external_url`, or name the same host and port as Host does and be an address
/// or "localhost". Other names are not believed, because whoever owns a name can point it at us and so become
/// "same origin". Programs send neither header and pass: nobody can make them ask by a link.
std::optional<std::string> foreign_origin(const Request& request, std::string_view external_url);

/// A second wall, for browsers so old that they send neither header: each form of our pages carries a token
/// that a foreign page cannot read. It holds for one user, until the daemon ends; without state.
class FormTokens {
 public:
  FormTokens();  ///< a fresh random key
  explicit FormTokens(std::string key) : key_{std::move(key)} {}

  /// The value of the form's field kFormToken for `user`, "" for whom nobody asked.
  std::string token(std::string_view user) const;

  /// The fields of a form in the request's body, without the token; or the answer that refuses it.
  std::expected<std::map<std::string, std::string, std::less<>>, Response> read(const Request& request) const;

 private:
  std::string key_;
};

inline constexpr std::string_view kFormToken = "form_token";

}  // namespace rdpwatch::daemon::http
