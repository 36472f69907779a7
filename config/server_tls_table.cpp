#include <algorithm>
#include <array>

#include "config/server_tls.h"
#include "config/web_tables.h"

namespace rdpwatch::config {
namespace {

Key<TlsDraft> named_file(std::string_view name, NamedFile TlsDraft::*member) {
  return key_of<TlsDraft>(name, [member](Reader& reader, const Node& node, TlsDraft& draft) {
    const auto text = read_text(reader, node, "the name of a PEM file");
    if (text && !text->empty()) (draft.*member).node = &node;
  });
}

struct AuthName {
  std::string_view name;
  ClientAuth auth;
};
constexpr std::array<AuthName, 7> kAuthNames{{{"NoClientCert", ClientAuth::None},
                                              {"RequestClientCert", ClientAuth::Request},
                                              {"RequireAnyClientCert", ClientAuth::RequireAny},
                                              {"RequireClientCert", ClientAuth::RequireAny},
                                              {"VerifyClientCertIfGiven", ClientAuth::VerifyIfGiven},
                                              {"RequireAndVerifyClientCert", ClientAuth::RequireAndVerify},
                                              {"", ClientAuth::None}}};

void read_client_auth(Reader& reader, const Node& node, TlsDraft& draft) {
  std::vector<std::string_view> names;
  for (const auto& each : kAuthNames)
    if (!each.name.empty()) names.push_back(each.name);
  if (!node.is_scalar()) return reader.wrong_type(node, enumerate(names));
  draft.has_client_auth = !node.text.empty();
  const auto* found = std::ranges::find(kAuthNames, node.text, &AuthName::name);
  if (found != kAuthNames.end()) draft.tls.client_auth = found->auth;
  else read_choice(reader, node, names);  // says what is wrong
}

Key<TlsDraft> version(std::string_view name, TlsVersion ServerTls::*member) {
  static constexpr std::array<std::string_view, 4> kNames{"TLS10", "TLS11", "TLS12", "TLS13"};
  return key_of<TlsDraft>(name, [member, name](Reader& reader, const Node& node, TlsDraft& draft) {
    if (name == "max_version") draft.max_version = &node;
    if (const auto index = read_choice(reader, node, kNames))
      draft.tls.*member = static_cast<TlsVersion>(*index);
  });
}

/// What crypto/tls of Go calls secure enough to be chosen.
constexpr std::array<std::string_view, 17> kCipherSuites{"TLS_RSA_WITH_AES_128_CBC_SHA",
                                                         "TLS_RSA_WITH_AES_256_CBC_SHA",
                                                         "TLS_RSA_WITH_AES_128_GCM_SHA256",
                                                         "TLS_RSA_WITH_AES_256_GCM_SHA384",
                                                         "TLS_AES_128_GCM_SHA256",
                                                         "TLS_AES_256_GCM_SHA384",
                                                         "TLS_CHACHA20_POLY1305_SHA256",
                                                         "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
                                                         "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
                                                         "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
                                                         "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
                                                         "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                                                         "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
                                                         "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
                                                         "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
                                                         "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
                                                         "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"};
constexpr std::array<std::string_view, 4> kCurves{"CurveP256", "CurveP384", "CurveP521", "X25519"};
constexpr std::array<std::string_view, 4> kCurvesOfOpenssl{"P-256", "P-384", "P-521", "X25519"};

/// Calls `take(item)` for each item of a list.
template <class Take>
void each_item(Reader& reader, const Node& node, std::string_view what, Take take) {
  if (!node.is_list()) return reader.wrong_type(node, "a list of " + std::string{what});
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const Reader::Step step{reader, i};
    take(*node.children[i]);
  }
}

void read_cipher_suites(Reader& reader, const Node& node, TlsDraft& draft) {
  draft.cipher_suites = &node;
  each_item(reader, node, "cipher suites", [&](const Node& item) {
    if (const auto index = read_choice(reader, item, kCipherSuites))
      draft.tls.cipher_suites.emplace_back(kCipherSuites[*index]);
  });
}

void read_curves(Reader& reader, const Node& node, TlsDraft& draft) {
  draft.curves = &node;
  each_item(reader, node, "curves", [&](const Node& item) {
    if (const auto index = read_choice(reader, item, kCurves))
      draft.tls.curve_preferences.emplace_back(kCurvesOfOpenssl[*index]);
  });
}

void read_sans(Reader& reader, const Node& node, TlsDraft& draft) {
  draft.sans = &node;
  each_item(reader, node, "names", [&](const Node& item) {
    if (const auto name = read_text(reader, item, "a DNS name, an address, an e-mail address or a URI"))
      draft.tls.client_allowed_sans.emplace_back(*name);
  });
}

/// The content of a file that the configuration names, and its place among the files to be watched.
void read_named(Reader& reader, NamedFile& file, std::vector<std::filesystem::path>& files) {
  if (!file.node) return;
  const auto path = reader.source(file.node->place).directory / file.node->text;
  files.push_back(normal_path(path));
  auto content = reader.files().read(path);
  if (content) file.content = std::move(*content);
  else
    reader.error(file.node->place, "\"" + file.node->text + "\": " + content.error(),
                 {"a readable PEM file", {}});
}

/// Rules between the keys. False when TLS is not configured, or not so that it could work.
bool check_tls(Reader& reader, const TlsDraft& draft) {
  const bool configured =
      draft.certificate.node || draft.key.node || draft.client_ca.node || draft.has_client_auth;
  if (!configured) return false;
  const auto before = reader.error_count();
  if (!draft.certificate.node)
    reader.error(draft.place, "cert_file is missing", {"the name of a PEM file", {}});
  if (!draft.key.node) reader.error(draft.place, "key_file is missing", {"the name of a PEM file", {}});
  const ServerTls& tls = draft.tls;
  if (draft.client_ca.node && tls.client_auth == ClientAuth::None)
    reader.error(draft.client_ca.node->place,
                 "a client CA without a client_auth_type that asks for certificates",
                 {"client_auth_type: RequireAndVerifyClientCert", {}});
  const bool required =
      tls.client_auth == ClientAuth::RequireAny || tls.client_auth == ClientAuth::RequireAndVerify;
  if (draft.sans && !required)
    reader.error(draft.sans->place,
                 "client_allowed_sans without a client_auth_type that requires certificates",
                 {"client_auth_type: RequireAndVerifyClientCert or RequireAnyClientCert", {}});
  const bool only_new =
      !tls.cipher_suites.empty() && std::ranges::none_of(tls.cipher_suites, [](const auto& suite) {
        return suite.find("_WITH_") != std::string::npos;
      });
  if (tls.max_version < (only_new ? TlsVersion::Tls13 : tls.min_version))
    reader.error(draft.max_version ? draft.max_version->place : draft.place, "no version of TLS is left",
                 {"max_version not below min_version, and cipher suites for one of them", {}});
  return before == reader.error_count();
}

Place place_of(const TlsFault& fault, const TlsDraft& draft) {
  switch (fault.part) {
    case TlsFault::Part::Certificate: return draft.certificate.node->place;
    case TlsFault::Part::Key: return draft.key.node->place;
    case TlsFault::Part::ClientCa: return draft.client_ca.node->place;
    case TlsFault::Part::CipherSuites: return draft.cipher_suites ? draft.cipher_suites->place : draft.place;
    case TlsFault::Part::Curves: return draft.curves ? draft.curves->place : draft.place;
  }
  return draft.place;
}

std::string name_of(const TlsFault& fault, const TlsDraft& draft) {
  switch (fault.part) {
    case TlsFault::Part::Certificate: return "\"" + draft.certificate.node->text + "\": ";
    case TlsFault::Part::Key: return "\"" + draft.key.node->text + "\": ";
    case TlsFault::Part::ClientCa: return "\"" + draft.client_ca.node->text + "\": ";
    case TlsFault::Part::CipherSuites: return "cipher_suites: ";
    case TlsFault::Part::Curves: return "curve_preferences: ";
  }
  return {};
}

}  // namespace

const Section<TlsDraft>& server_tls_table() {
  static const Section<TlsDraft> table{
      named_file("cert_file", &TlsDraft::certificate),
      named_file("key_file", &TlsDraft::key),
      key_of<TlsDraft>("client_auth_type", read_client_auth),
      named_file("client_ca_file", &TlsDraft::client_ca),
      key_of<TlsDraft>("client_allowed_sans", read_sans),
      version("min_version", &ServerTls::min_version),
      version("max_version", &ServerTls::max_version),
      key_of<TlsDraft>("cipher_suites", read_cipher_suites),
      key_of<TlsDraft>("prefer_server_cipher_suites",
                       [](Reader& reader, const Node& node, TlsDraft& draft) {
                         read_web_boolean(reader, node, draft.tls.prefer_server_cipher_suites);
                       }),
      key_of<TlsDraft>("curve_preferences", read_curves),
  };
  return table;
}

void finish_tls(Reader& reader, TlsDraft tls, WebFile& file) {
  const Reader::Step step{reader, "tls_server_config"};
  const auto before = reader.error_count();
  for (auto* named : {&tls.certificate, &tls.key, &tls.client_ca}) read_named(reader, *named, file.files);
  if (!check_tls(reader, tls) || before != reader.error_count()) return;
  tls.tls.certificate = std::move(tls.certificate.content);
  tls.tls.key = std::move(tls.key.content);
  tls.tls.client_ca = std::move(tls.client_ca.content);
  // An empty file is a CA file, too: one that nobody fits.
  std::vector<TlsFault> faults;
  if (tls.client_ca.node && tls.tls.client_ca.empty())
    faults.push_back({TlsFault::Part::ClientCa, "holds no PEM certificate"});
  file.tls_context = make_server_context(tls.tls, faults);
  for (const auto& fault : faults) reader.error(place_of(fault, tls), name_of(fault, tls) + fault.text);
  file.tls = std::move(tls.tls);
}

}  // namespace rdpwatch::config
