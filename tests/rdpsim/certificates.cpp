#include "tests/rdpsim/certificates.h"

#include <algorithm>
#include <functional>
#include <stdexcept>

#include <arpa/inet.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

namespace rdpwatch::rdpsim {
namespace {

constexpr unsigned kKeysOfAKind = 2;

void must(bool good, const char* what) {
  if (!good) throw std::runtime_error{std::string{"OpenSSL refuses: "} + what};
}

std::string description(const TlsBehaviour& tls) {
  return std::to_string(tls.min_version) + '/' + std::to_string(tls.max_version) + '/' + tls.ciphers + '/' +
         std::to_string(tls.legacy_renegotiation);
}

std::string description(const CertificateSpec& spec) {
  std::string out =
      std::to_string(static_cast<int>(spec.key)) + spec.signature + '/' + spec.common_name + '/';
  for (const std::string& name : spec.names) out += name + ',';
  return out + std::to_string(spec.not_before.count()) + '/' + std::to_string(spec.not_after.count()) + '/' +
         std::to_string(static_cast<int>(spec.issuer)) + std::to_string(static_cast<int>(spec.usage)) + '/' +
         std::to_string(spec.generation);
}

CertificateSpec with_defaults(CertificateSpec spec, const std::string& name, const std::string& address) {
  if (spec.names.empty() && !spec.common_name.empty()) spec.names = {spec.common_name};
  else if (spec.names.empty() && !name.empty()) spec.names = {name, address};
  else if (spec.names.empty()) spec.names = {address};
  if (spec.common_name.empty()) spec.common_name = name.empty() ? address : name;
  return spec;
}

KeyPtr make_key(KeyKind kind) {
  switch (kind) {
    case KeyKind::P256: return KeyPtr{EVP_EC_gen("P-256")};
    case KeyKind::P384: return KeyPtr{EVP_EC_gen("P-384")};
    case KeyKind::Rsa1024: return KeyPtr{EVP_RSA_gen(1024)};
    case KeyKind::Rsa2048: return KeyPtr{EVP_RSA_gen(2048)};
    case KeyKind::Rsa4096: return KeyPtr{EVP_RSA_gen(4096)};
  }
  return nullptr;
}

void set_common_name(X509_NAME* name, const std::string& text) {
  // RFC 5280 allows at most 64 characters.
  const std::string shortened = text.substr(0, 64);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(shortened.data()),
                             static_cast<int>(shortened.size()), -1, 0);
}

void add_extension(X509* certificate, int id, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, id, value.c_str());
  must(extension != nullptr, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

std::string alternative_names(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    in6_addr ignored{};
    const bool is_address =
        inet_pton(AF_INET, name.c_str(), &ignored) == 1 || inet_pton(AF_INET6, name.c_str(), &ignored) == 1;
    out += (out.empty() ? "" : ",") + std::string{is_address ? "IP:" : "DNS:"} + name;
  }
  return out;
}

/// Hides the signalling suite of RFC 5746 from OpenSSL before it reads the list of ciphers; the transcript is
/// hashed already, so the handshake goes on like one with a server that does not know it.
int forget_renegotiation(SSL* ssl, int*, void*) {
  const unsigned char* suites = nullptr;
  const std::size_t size = SSL_client_hello_get0_ciphers(ssl, &suites);
  for (std::size_t i = 0; i + 1 < size; i += 2)
    if (suites[i] == 0x00 && suites[i + 1] == 0xFF) const_cast<unsigned char*>(suites)[i + 1] = 0xFE;
  return SSL_CLIENT_HELLO_SUCCESS;
}

}  // namespace

Certificates::Certificates() = default;

EVP_PKEY* Certificates::key(KeyKind kind, unsigned slot) {
  KeyPtr& found = keys_[{kind, slot}];
  if (!found) found = make_key(kind);
  must(found != nullptr, "key generation");
  return found.get();
}

const Certificates::Authority& Certificates::authority() {
  if (authority_.certificate) return authority_;
  authority_.key = make_key(KeyKind::P256);
  X509Ptr root{X509_new()};
  X509_set_version(root.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(root.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(root.get()), -86'400L * 30);
  X509_gmtime_adj(X509_getm_notAfter(root.get()), 86'400L * 3650);
  set_common_name(X509_get_subject_name(root.get()), "rdpsim authority");
  X509_set_issuer_name(root.get(), X509_get_subject_name(root.get()));
  X509_set_pubkey(root.get(), authority_.key.get());
  add_extension(root.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(root.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  add_extension(root.get(), NID_subject_key_identifier, "hash");
  must(X509_sign(root.get(), authority_.key.get(), EVP_sha256()) != 0, "signing the authority");
  authority_.certificate = std::move(root);
  return authority_;
}

std::string Certificates::authority_pem() {
  const std::unique_ptr<BIO, Free> out{BIO_new(BIO_s_mem())};
  PEM_write_bio_X509(out.get(), authority().certificate.get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

X509Ptr Certificates::make(const CertificateSpec& spec, EVP_PKEY* own_key) {
  X509Ptr leaf{X509_new()};
  X509* x = leaf.get();
  X509_set_version(x, 2);
  const std::size_t serial = std::hash<std::string>{}(description(spec)) >> 2;
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), serial | 1);
  X509_gmtime_adj(X509_getm_notBefore(x), static_cast<long>(spec.not_before.count()));
  X509_gmtime_adj(X509_getm_notAfter(x), static_cast<long>(spec.not_after.count()));
  set_common_name(X509_get_subject_name(x), spec.common_name);
  X509_set_pubkey(x, own_key);
  if (!spec.names.empty()) add_extension(x, NID_subject_alt_name, alternative_names(spec.names));
  if (spec.usage != Usage::None)
    add_extension(x, NID_ext_key_usage, spec.usage == Usage::Server ? "serverAuth" : "clientAuth");
  EVP_PKEY* signer = own_key;
  if (spec.issuer == Issuer::Authority) {
    signer = authority().key.get();
    X509_set_issuer_name(x, X509_get_subject_name(authority().certificate.get()));
  } else {
    X509_set_issuer_name(x, X509_get_subject_name(x));
  }
  must(X509_sign(x, signer, EVP_get_digestbyname(spec.signature.c_str())) != 0, "signing a certificate");
  return leaf;
}

SSL_CTX* Certificates::context(const TlsBehaviour& tls) {
  SslCtx& known = contexts_[description(tls)];
  if (known) return known.get();
  SslCtx context{SSL_CTX_new(TLS_server_method())};
  SSL_CTX* c = context.get();
  SSL_CTX_set_security_level(c, 0);
  int max_version = tls.max_version == 0 ? TLS1_3_VERSION : tls.max_version;
  if (tls.legacy_renegotiation) max_version = std::min(max_version, TLS1_2_VERSION);
  SSL_CTX_set_min_proto_version(
      c, std::min(max_version, tls.min_version == 0 ? TLS1_2_VERSION : tls.min_version));
  SSL_CTX_set_max_proto_version(c, max_version);
  const std::string ciphers = tls.ciphers.empty() ? "DEFAULT:@SECLEVEL=0" : tls.ciphers + ":@SECLEVEL=0";
  must(SSL_CTX_set_cipher_list(c, ciphers.c_str()) == 1, ciphers.c_str());
  SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(c, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_num_tickets(c, 0);
  SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS);
  if (tls.legacy_renegotiation) SSL_CTX_set_client_hello_cb(c, forget_renegotiation, nullptr);
  known = std::move(context);
  return c;
}

Ssl Certificates::session(const TlsBehaviour& tls, const std::string& name, const std::string& address) {
  const CertificateSpec spec = with_defaults(tls.certificate, name, address);
  const auto slot = static_cast<unsigned>(std::hash<std::string>{}(spec.common_name)) % kKeysOfAKind;
  EVP_PKEY* own_key = key(spec.key, slot + kKeysOfAKind * spec.generation);
  X509Ptr& leaf = leaves_[description(spec)];
  if (!leaf) leaf = make(spec, own_key);
  Ssl ssl{SSL_new(context(tls))};
  must(SSL_use_certificate(ssl.get(), leaf.get()) == 1, "certificate");
  must(SSL_use_PrivateKey(ssl.get(), own_key) == 1, "private key");
  return ssl;
}

}  // namespace rdpwatch::rdpsim
