#include "config/server_tls.h"

#include <algorithm>
#include <array>

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace rdpwatch::config {
namespace {

using Part = TlsFault::Part;
template <class T, void (*Free)(T*)>
struct Freed {
  void operator()(T* object) const { Free(object); }
};
using Bio = std::unique_ptr<BIO, Freed<BIO, BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Freed<X509, X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;
using AltNames = std::unique_ptr<GENERAL_NAMES, Freed<GENERAL_NAMES, GENERAL_NAMES_free>>;

Bio reading(const std::string& pem) { return Bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))}; }

/// Nobody is there to be asked for a passphrase.
int no_passphrase(char*, int, int, void*) { return 0; }

/// The first reason that OpenSSL gives, in lower case; the queue is empty afterwards.
std::string openssl_reason() {
  const char* reason = ERR_reason_error_string(ERR_peek_error());
  std::string text = reason != nullptr ? reason : "OpenSSL does not take it";
  ERR_clear_error();
  return text;
}

std::vector<Certificate> certificates_in(const std::string& pem) {
  const Bio bio = reading(pem);
  std::vector<Certificate> found;
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, no_passphrase, nullptr))
    found.emplace_back(certificate);
  ERR_clear_error();
  return found;
}

/// Empty, or what is wrong.
std::string use_certificate(SSL_CTX* context, const std::string& pem) {
  if (auto fault = trust_store_fault(pem); !fault.empty()) return fault;
  auto chain = certificates_in(pem);
  if (SSL_CTX_use_certificate(context, chain.front().get()) != 1) return openssl_reason();
  for (auto each = chain.begin() + 1; each != chain.end(); ++each)
    if (SSL_CTX_add1_chain_cert(context, each->get()) != 1) return openssl_reason();
  return {};
}

std::string use_key(SSL_CTX* context, const std::string& pem) {
  const Bio bio = reading(pem);
  const PrivateKey key{PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr)};
  ERR_clear_error();
  if (!key) return "holds no readable PEM key without a passphrase";
  const X509* certificate = SSL_CTX_get0_certificate(context);
  const bool fits = certificate == nullptr || X509_check_private_key(certificate, key.get()) == 1;
  ERR_clear_error();
  if (!fits) return "is not the key of the certificate";
  return SSL_CTX_use_PrivateKey(context, key.get()) == 1 ? "" : openssl_reason();
}

std::string trust_clients(SSL_CTX* context, const std::string& pem) {
  if (auto fault = trust_store_fault(pem); !fault.empty()) return fault;
  for (const auto& authority : certificates_in(pem))
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority.get()) != 1 ||
        SSL_CTX_add_client_CA(context, authority.get()) != 1)
      return openssl_reason();
  return {};
}

std::string text_of(const ASN1_STRING* value) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)),
          static_cast<std::size_t>(ASN1_STRING_length(value))};
}

/// A subject alternative name as exporter-toolkit compares it; empty for kinds that it does not look at.
std::string text_of(const GENERAL_NAME& name) {
  if (name.type == GEN_DNS) return text_of(name.d.dNSName);
  if (name.type == GEN_EMAIL) return text_of(name.d.rfc822Name);
  if (name.type == GEN_URI) return text_of(name.d.uniformResourceIdentifier);
  if (name.type != GEN_IPADD) return {};
  const std::string bytes = text_of(name.d.iPAddress);
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (bytes.size() != 4 && bytes.size() != 16) return {};
  return inet_ntop(bytes.size() == 4 ? AF_INET : AF_INET6, bytes.data(), text.data(), text.size());
}

bool has_allowed_name(X509* certificate, const std::vector<std::string>& allowed) {
  const AltNames names{
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))};
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const std::string name = text_of(*sk_GENERAL_NAME_value(names.get(), i));
    if (!name.empty() && std::ranges::find(allowed, name) != allowed.end()) return true;
  }
  return false;
}

/// What a client's certificate is judged by; lives as long as its context.
struct ClientPolicy {
  bool verify = false;
  std::vector<std::string> allowed_sans{};
};

int judge_client(X509_STORE_CTX* chain, void* policy_pointer) {
  const auto& policy = *static_cast<const ClientPolicy*>(policy_pointer);
  if (policy.verify && X509_verify_cert(chain) != 1) return 0;
  X509* leaf = X509_STORE_CTX_get0_cert(chain);
  if (policy.allowed_sans.empty() || has_allowed_name(leaf, policy.allowed_sans)) return 1;
  X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
  static constexpr unsigned char kOurs[] = "\x08http/1.1";
  unsigned char* found = nullptr;
  const int result = SSL_select_next_proto(&found, size, kOurs, sizeof kOurs - 1, offered, offered_size);
  *chosen = found;
  return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

int verify_mode(ClientAuth auth) {
  switch (auth) {
    case ClientAuth::None: return SSL_VERIFY_NONE;
    case ClientAuth::Request:
    case ClientAuth::VerifyIfGiven: return SSL_VERIFY_PEER;
    case ClientAuth::RequireAny:
    case ClientAuth::RequireAndVerify: return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  }
  return SSL_VERIFY_NONE;
}

int protocol_number(TlsVersion version) { return TLS1_VERSION + static_cast<int>(version); }

template <class Names>
std::string joined(const Names& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ":") + std::string{name};
  return text;
}

/// Up to TLS 1.2. An own list keeps its order; of TLS 1.3 suites in it nothing follows, as in Go.
std::string cipher_list(const ServerTls& tls) {
  if (tls.cipher_suites.empty())
    return tls.min_version < TlsVersion::Tls12 ? "ECDHE:RSA:!aNULL:!eNULL:!3DES:!RC4"
                                               : "ECDHE+AESGCM:ECDHE+CHACHA20";
  std::vector<std::string> names;
  for (const auto& suite : tls.cipher_suites)
    if (suite.find("_WITH_") != std::string::npos) names.emplace_back(OPENSSL_cipher_name(suite.c_str()));
  return joined(names);
}

void set_versions(SSL_CTX* context, const ServerTls& tls, bool has_old_suites) {
  const auto lowest = has_old_suites ? tls.min_version : std::max(tls.min_version, TlsVersion::Tls13);
  // The signatures of these versions are below what OpenSSL lets through by itself.
  if (lowest < TlsVersion::Tls12) SSL_CTX_set_security_level(context, 0);
  SSL_CTX_set_min_proto_version(context, protocol_number(lowest));
  SSL_CTX_set_max_proto_version(context, protocol_number(tls.max_version));
}

void set_manners(SSL_CTX* context, const ServerTls& tls) {
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  if (tls.prefer_server_cipher_suites) SSL_CTX_set_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context,
                                 SSL_SESS_CACHE_OFF);  // tickets do without, and with keys of this context
  SSL_CTX_set_num_tickets(context, 1);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  static constexpr unsigned char kSessions[] = "rdpwatch";
  SSL_CTX_set_session_id_context(context, kSessions, sizeof kSessions - 1);
}

}  // namespace

std::shared_ptr<ssl_ctx_st> make_server_context(const ServerTls& tls, std::vector<TlsFault>& faults) {
  const auto policy = std::make_shared<ClientPolicy>();
  policy->verify =
      tls.client_auth == ClientAuth::VerifyIfGiven || tls.client_auth == ClientAuth::RequireAndVerify;
  policy->allowed_sans = tls.client_allowed_sans;
  ERR_clear_error();
  const std::shared_ptr<SSL_CTX> context{SSL_CTX_new(TLS_server_method()),
                                         [policy](SSL_CTX* freed) { SSL_CTX_free(freed); }};
  const auto before = faults.size();
  const auto note = [&faults](Part part, std::string text) {
    if (!text.empty()) faults.push_back({part, std::move(text)});
  };
  const std::string ciphers = cipher_list(tls);
  set_versions(context.get(), tls, !ciphers.empty());
  set_manners(context.get(), tls);
  if (!ciphers.empty() && SSL_CTX_set_cipher_list(context.get(), ciphers.c_str()) != 1)
    note(Part::CipherSuites, openssl_reason());
  if (!tls.curve_preferences.empty() &&
      SSL_CTX_set1_groups_list(context.get(), joined(tls.curve_preferences).c_str()) != 1)
    note(Part::Curves, openssl_reason());
  note(Part::Certificate, use_certificate(context.get(), tls.certificate));
  note(Part::Key, use_key(context.get(), tls.key));
  if (!tls.client_ca.empty()) note(Part::ClientCa, trust_clients(context.get(), tls.client_ca));
  X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context.get()), X509_V_FLAG_PARTIAL_CHAIN);
  SSL_CTX_set_verify(context.get(), verify_mode(tls.client_auth), nullptr);
  SSL_CTX_set_cert_verify_callback(context.get(), judge_client, policy.get());
  return faults.size() == before ? context : nullptr;
}

}  // namespace rdpwatch::config
