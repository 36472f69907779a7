#include "probes/net/certificate.h"

#include <cstring>
#include <ctime>
#include <optional>

#include <arpa/inet.h>
#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "probes/sanitize.h"

namespace rdpwatch::net {
namespace {

constexpr std::size_t kMaxNames = 64;
/// Remote Desktop Authentication, the usage that enterprise templates give to RDP certificates.
constexpr std::string_view kRemoteDesktopAuthentication = "1.3.6.1.4.1.311.54.1.2";

std::string name_text(const X509_NAME* name) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out{BIO_new(BIO_s_mem()), &BIO_free};
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB));
  char* data = nullptr;
  const long size = BIO_get_mem_data(out.get(), &data);
  return sanitize({data, static_cast<std::size_t>(size)});
}

std::chrono::sys_seconds time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return std::chrono::sys_seconds{std::chrono::seconds{::timegm(&parts)}};
}

std::string serial_text(const X509& leaf) {
  const std::unique_ptr<BIGNUM, decltype(&BN_free)> number{
      ASN1_INTEGER_to_BN(X509_get0_serialNumber(&leaf), nullptr), &BN_free};
  char* const text = number ? BN_bn2hex(number.get()) : nullptr;
  const std::string serial = text != nullptr ? sanitize(text) : std::string{};
  OPENSSL_free(text);
  return serial;
}

std::string string_of(const ASN1_STRING* text) {
  return sanitize({reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                   static_cast<std::size_t>(ASN1_STRING_length(text))});
}

std::optional<std::string> address_of(const ASN1_OCTET_STRING* bytes) {
  const int size = ASN1_STRING_length(bytes);
  if (size != 4 && size != 16) return std::nullopt;
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(size == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(bytes), text.data(), text.size());
  return text.data();
}

std::vector<std::string> names_of(X509& leaf) {
  std::vector<std::string> names;
  auto* const list =
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(&leaf, NID_subject_alt_name, nullptr, nullptr));
  const std::unique_ptr<GENERAL_NAMES, decltype(&GENERAL_NAMES_free)> owned{list, &GENERAL_NAMES_free};
  for (int i = 0; i < sk_GENERAL_NAME_num(list) && names.size() < kMaxNames; ++i) {
    const GENERAL_NAME* const name = sk_GENERAL_NAME_value(list, i);
    if (name->type == GEN_DNS) names.push_back(string_of(name->d.dNSName));
    if (name->type == GEN_IPADD)
      if (auto address = address_of(name->d.iPAddress)) names.push_back(*std::move(address));
  }
  if (!names.empty()) return names;
  const X509_NAME* const subject = X509_get_subject_name(&leaf);
  const int at = X509_NAME_get_index_by_NID(const_cast<X509_NAME*>(subject), NID_commonName, -1);
  if (0 <= at) names.push_back(string_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
  return names;
}

void read_key(X509& leaf, LeafFacts& facts, std::string& text) {
  const EVP_PKEY* const key = X509_get0_pubkey(&leaf);
  if (key == nullptr) return;
  facts.key_bits = EVP_PKEY_get_bits(key);
  const int type = EVP_PKEY_get_base_id(key);
  if (type == EVP_PKEY_RSA || type == EVP_PKEY_RSA_PSS) {
    facts.key = LeafFacts::Key::Rsa;
    text = "RSA " + std::to_string(facts.key_bits);
  } else if (type == EVP_PKEY_EC) {
    facts.key = LeafFacts::Key::Ec;
    std::array<char, 64> group{};
    std::size_t size = 0;
    const bool named = EVP_PKEY_get_group_name(key, group.data(), group.size(), &size) == 1;
    const char* const nist = named ? EC_curve_nid2nist(OBJ_txt2nid(group.data())) : nullptr;
    text = std::string{"EC "} + (nist != nullptr ? nist : named ? group.data() : "unknown curve");
  } else {
    const char* const name = EVP_PKEY_get0_type_name(key);
    text = (name != nullptr ? sanitize(name) : "key") + " " + std::to_string(facts.key_bits);
  }
}

void read_usage(X509& leaf, LeafFacts& facts) {
  auto* const list =
      static_cast<EXTENDED_KEY_USAGE*>(X509_get_ext_d2i(&leaf, NID_ext_key_usage, nullptr, nullptr));
  facts.usage_restricted = list != nullptr;
  for (int i = 0; i < sk_ASN1_OBJECT_num(list); ++i) {
    const ASN1_OBJECT* const usage = sk_ASN1_OBJECT_value(list, i);
    std::array<char, 80> oid{};
    OBJ_obj2txt(oid.data(), static_cast<int>(oid.size()), usage, 1);
    const int nid = OBJ_obj2nid(usage);
    if (nid == NID_server_auth || nid == NID_anyExtendedKeyUsage ||
        kRemoteDesktopAuthentication == oid.data())
      facts.server_usage = true;
  }
  EXTENDED_KEY_USAGE_free(list);
}

Sha256 spki_digest(X509& leaf, const EVP_MD* sha256) {
  Sha256 digest{};
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(&leaf), &der);
  if (0 < size) EVP_Digest(der, static_cast<std::size_t>(size), digest.data(), nullptr, sha256, nullptr);
  OPENSSL_free(der);
  return digest;
}

}  // namespace

std::string hex(const Sha256& digest) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * digest.size());
  for (const auto byte : digest) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

LeafFacts parse_leaf(X509& leaf, const Sha256& fingerprint) {
  LeafFacts facts;
  Certificate certificate;
  certificate.fingerprint_sha256 = hex(fingerprint);
  certificate.spki_sha256 = hex(spki_digest(leaf, EVP_sha256()));
  certificate.subject = name_text(X509_get_subject_name(&leaf));
  certificate.issuer = name_text(X509_get_issuer_name(&leaf));
  certificate.serial = serial_text(leaf);
  certificate.not_before = time_of(X509_get0_notBefore(&leaf));
  certificate.not_after = time_of(X509_get0_notAfter(&leaf));
  certificate.self_signed = X509_self_signed(&leaf, 0) == 1;
  certificate.names = names_of(leaf);
  read_key(leaf, facts, certificate.key);
  read_usage(leaf, facts);
  const int signature = X509_get_signature_nid(&leaf);
  const char* const name = OBJ_nid2ln(signature);
  certificate.signature = signature != NID_undef && name != nullptr ? name : "unknown";
  int digest = NID_undef;
  X509_get_signature_info(&leaf, &digest, nullptr, nullptr, nullptr);
  facts.weak_digest = digest == NID_sha1 || digest == NID_md5 || digest == NID_md2 || digest == NID_md4;
  facts.certificate = std::make_shared<const Certificate>(std::move(certificate));
  return facts;
}

bool covers(X509& leaf, const std::string& host) {
  const auto without_scope = host.substr(0, host.find('%'));
  if (X509_check_ip_asc(&leaf, without_scope.c_str(), 0) == 1) return true;
  auto name = std::string_view{host};
  if (name.ends_with('.')) name.remove_suffix(1);
  return X509_check_host(&leaf, name.data(), name.size(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, nullptr) == 1;
}

CertificateCache::CertificateCache(std::size_t limit)
    : limit_{limit}, sha256_{EVP_MD_fetch(nullptr, "SHA256", nullptr)} {}

std::size_t CertificateCache::Hash::operator()(const Sha256& digest) const {
  std::size_t value = 0;
  std::memcpy(&value, digest.data(), sizeof value);
  return value;
}

CertificateCache::Entry& CertificateCache::look_up(X509& leaf, const std::string& host) {
  Sha256 fingerprint{};
  X509_digest(&leaf, sha256_.get(), fingerprint.data(), nullptr);
  auto found = entries_.find(fingerprint);
  if (found == entries_.end()) {
    if (limit_ <= entries_.size() && !entries_.empty()) entries_.erase(entries_.begin());
    found = entries_.emplace(fingerprint, Entry{parse_leaf(leaf, fingerprint), {}, false}).first;
  }
  auto& entry = found->second;
  if (entry.checked_host != host) {
    entry.checked_host = host;
    entry.host_covered = covers(leaf, host);
  }
  return entry;
}

}  // namespace rdpwatch::net
