#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include <openssl/asn1.h>
#include <openssl/err.h>

/// What the ASN.1 codecs share. Included by their .cpp files only, so that OpenSSL stays out of the headers.
namespace rdpwatch::wire::asn1 {

/// Keeps what OpenSSL says about hostile bytes off the thread's error queue, which the TLS phase reads.
class QuietErrors {
 public:
  QuietErrors() { ERR_set_mark(); }
  ~QuietErrors() { ERR_pop_to_mark(); }
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;
};

inline std::vector<std::uint8_t> to_vector(const ASN1_OCTET_STRING* string) {
  const auto* data = ASN1_STRING_get0_data(string);
  return {data, data + ASN1_STRING_length(string)};
}

inline std::optional<std::vector<std::uint8_t>> to_optional_vector(const ASN1_OCTET_STRING* string) {
  if (string == nullptr) return std::nullopt;
  return to_vector(string);
}

}  // namespace rdpwatch::wire::asn1
