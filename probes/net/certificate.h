#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "probes/net/tls_context.h"
#include "probes/report.h"

namespace rdpwatch::net {

using Sha256 = std::array<std::uint8_t, 32>;

/// What judging needs to know about a leaf beyond what a report shows.
struct LeafFacts {
  std::shared_ptr<const Certificate> certificate{};
  enum class Key : std::uint8_t { Rsa, Ec, Other };
  Key key = Key::Other;
  int key_bits = 0;
  bool weak_digest = false;       ///< signed over MD5 or SHA-1 (or weaker)
  bool usage_restricted = false;  ///< has an extended key usage extension
  bool server_usage = false;      ///< ... which names serverAuth, Remote Desktop Authentication or any
};

/// Parses a leaf once. `fingerprint` is SHA-256 over its DER.
LeafFacts parse_leaf(X509& leaf, const Sha256& fingerprint);

/// Whether the leaf covers a DNS name (RFC 6125, the common name when it lists none) or an address literal.
bool covers(X509& leaf, const std::string& host);

std::string hex(const Sha256& digest);

/// Leaves by fingerprint: the certificate of a host changes a few times a year, so that it is parsed and
/// compared with the host's name once, not at every probe.
class CertificateCache {
 public:
  explicit CertificateCache(std::size_t limit);

  struct Entry {
    LeafFacts facts{};
    std::string checked_host{};  ///< the host of `host_covered`; empty: none yet
    bool host_covered = false;
  };
  /// Valid until the next call.
  Entry& look_up(X509& leaf, const std::string& host);

 private:
  struct Hash {
    std::size_t operator()(const Sha256& digest) const;
  };
  std::size_t limit_;
  std::unique_ptr<EVP_MD, OpensslDeleter> sha256_;
  std::unordered_map<Sha256, Entry, Hash> entries_;  // INVARIANT: at most limit_
};

}  // namespace rdpwatch::net
