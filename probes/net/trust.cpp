#include "probes/net/trust.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>

namespace rdpwatch::net {
namespace {

/// A store is read again, and a chain verified again, after this long: files are replaced and links of a
/// chain expire.
constexpr std::chrono::minutes kKeep{15};

std::unique_ptr<X509_STORE, OpensslDeleter> load(const std::filesystem::path& path, std::string& error) {
  std::unique_ptr<X509_STORE, OpensslDeleter> store{X509_STORE_new()};
  ERR_clear_error();
  if (store && X509_STORE_load_file(store.get(), path.c_str()) == 1) {
    X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
    return store;
  }
  const char* const text = ERR_reason_error_string(ERR_peek_last_error());
  error = "cannot read the trust store " + path.string() + ": " + (text != nullptr ? text : "unknown error");
  ERR_clear_error();
  return nullptr;
}

/// Lets a chain pass whose only fault is the validity of the leaf.
int ignore_leaf_validity(int ok, X509_STORE_CTX* context) {
  if (ok == 1) return 1;
  const int error = X509_STORE_CTX_get_error(context);
  const bool validity = error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID;
  return validity && X509_STORE_CTX_get_error_depth(context) == 0 ? 1 : 0;
}

TrustVerdict verify(X509_STORE& store, X509& leaf, STACK_OF(X509) * chain) {
  const std::unique_ptr<X509_STORE_CTX, OpensslDeleter> context{X509_STORE_CTX_new()};
  if (!context || X509_STORE_CTX_init(context.get(), &store, &leaf, chain) != 1)
    return {false, "out of memory"};
  X509_STORE_CTX_set_verify_cb(context.get(), &ignore_leaf_validity);
  if (X509_verify_cert(context.get()) == 1) return {true, {}};
  ERR_clear_error();
  return {false, X509_verify_cert_error_string(X509_STORE_CTX_get_error(context.get()))};
}

}  // namespace

std::optional<TrustVerdict> TrustStores::judge(const std::filesystem::path& path,
                                               const std::string& fingerprint, X509& leaf,
                                               STACK_OF(X509) * chain,
                                               std::chrono::steady_clock::time_point now,
                                               std::string& error) {
  auto& store = stores_[path];
  if (store.reload <= now) {
    store.error.clear();
    store.anchors = load(path, store.error);
    store.reload = now + kKeep;
    store.judged.clear();
  }
  if (!store.anchors) return error = store.error, std::nullopt;
  auto& judged = store.judged[fingerprint];
  if (judged.until <= now) judged = {verify(*store.anchors, leaf, chain), now + kKeep};
  auto verdict = judged.verdict;
  if (kMaxJudged < store.judged.size()) store.judged.clear();
  return verdict;
}

}  // namespace rdpwatch::net
