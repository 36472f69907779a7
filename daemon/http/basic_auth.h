#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace rdpwatch::daemon::http {

/// What a client says it is.
struct Credentials {
  std::string user{};
  std::string password{};
};

/// The content of an Authorization header of the scheme Basic (RFC 7617); nothing for any other or a broken
/// one.
std::optional<Credentials> parse_basic(std::string_view authorization);

/// Stands for texts in memory, and tells nothing about them without the key, which nobody has.
using Fingerprint = std::array<std::uint8_t, 32>;

/// HMAC-SHA256 by a random key of its own.
class FingerprintMaker {
 public:
  FingerprintMaker();
  Fingerprint operator()(std::initializer_list<std::string_view> texts) const;

 private:
  std::array<std::uint8_t, 32> key_{};
};

/// Verdicts that were costly to find, the youngest of each kind: wrong passwords push out no right ones.
class VerdictCache {
 public:
  explicit VerdictCache(std::size_t capacity_of_each) : capacity_{capacity_of_each} {}
  std::optional<bool> find(const Fingerprint& what) const;
  void put(const Fingerprint& what, bool right);

 private:
  struct Kind {
    std::set<Fingerprint> known{};
    std::deque<Fingerprint> order{};  ///< oldest first
  };
  std::size_t capacity_;
  Kind right_{};
  Kind wrong_{};
};

}  // namespace rdpwatch::daemon::http
