#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>

#include <openssl/x509.h>

#include "probes/net/tls_context.h"

namespace rdpwatch::net {

/// What a trust store says about a chain.
struct TrustVerdict {
  bool trusted = false;
  std::string reason{};  ///< why not, by X509_verify_cert_error_string
};

/// Trust stores of policies, loaded once, and their verdicts, kept by the leaf's fingerprint: verifying a
/// chain at every handshake would cost half a handshake more.
/// The leaf's own validity is left out, because it is judged as a finding of its own.
class TrustStores {
 public:
  /// Nothing: the store cannot be read, `error` says why; the chain is not judged then.
  std::optional<TrustVerdict> judge(const std::filesystem::path& store, const std::string& fingerprint,
                                    X509& leaf, STACK_OF(X509) * chain,
                                    std::chrono::steady_clock::time_point now, std::string& error);

 private:
  struct Judged {
    TrustVerdict verdict{};
    std::chrono::steady_clock::time_point until{};
  };
  struct Store {
    std::unique_ptr<X509_STORE, OpensslDeleter> anchors{};
    std::string error{};
    std::chrono::steady_clock::time_point reload{};
    std::unordered_map<std::string, Judged> judged{};  // INVARIANT: at most kMaxJudged
  };
  static constexpr std::size_t kMaxJudged = 16'384;

  std::map<std::filesystem::path, Store> stores_;
};

}  // namespace rdpwatch::net
