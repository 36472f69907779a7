#include "tests/net/made_certificate.h"

#include <ctime>
#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace rdpwatch::test {
namespace {

void add_extension(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  if (extension == nullptr) throw std::runtime_error{"no such extension: " + value};
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

using MemoryBio = std::unique_ptr<BIO, decltype(&BIO_free)>;

std::string content(const MemoryBio& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

std::shared_ptr<EVP_PKEY> make_key(int rsa_bits) {
  EVP_PKEY* const key = rsa_bits != 0
                            ? EVP_PKEY_Q_keygen(nullptr, nullptr, "RSA", static_cast<std::size_t>(rsa_bits))
                            : EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
  if (key == nullptr) throw std::runtime_error{"no key"};
  return {key, &EVP_PKEY_free};
}

}  // namespace

MadeCertificate make_certificate(const CertificateWish& wish, const MadeCertificate* issuer) {
  static long serial = 1;
  MadeCertificate made{{X509_new(), &X509_free}, make_key(wish.rsa_bits)};
  X509* const certificate = made.certificate.get();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  const auto now = std::time(nullptr);
  ASN1_TIME_set(X509_getm_notBefore(certificate), now + wish.from.count());
  ASN1_TIME_set(X509_getm_notAfter(certificate), now + wish.until.count());
  X509_set_pubkey(certificate, made.key.get());
  X509_NAME* const subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(wish.common_name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, issuer ? X509_get_subject_name(issuer->certificate.get()) : subject);
  std::string names;
  for (const auto& name : wish.names) names += (names.empty() ? "" : ",") + name;
  if (!names.empty()) add_extension(certificate, NID_subject_alt_name, names);
  if (!wish.extended_usage.empty()) add_extension(certificate, NID_ext_key_usage, wish.extended_usage);
  if (wish.authority) add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
  const auto* const digest = EVP_get_digestbyname(wish.digest.c_str());
  if (X509_sign(certificate, issuer ? issuer->key.get() : made.key.get(), digest) == 0)
    throw std::runtime_error{"cannot sign"};
  return made;
}

std::string pem(X509& certificate) {
  const MemoryBio out{BIO_new(BIO_s_mem()), &BIO_free};
  PEM_write_bio_X509(out.get(), &certificate);
  return content(out);
}

std::string pem(EVP_PKEY& key) {
  const MemoryBio out{BIO_new(BIO_s_mem()), &BIO_free};
  PEM_write_bio_PrivateKey(out.get(), &key, nullptr, nullptr, 0, nullptr, nullptr);
  return content(out);
}

}  // namespace rdpwatch::test
