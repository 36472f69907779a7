#include "tests/rdpsim/behaviour_yaml.h"

#include <algorithm>
#include <array>
#include <map>

#include <openssl/ssl.h>

#include "tests/rdpsim/messages.h"
#include "tests/rdpsim/yaml_fields.h"

namespace rdpwatch::rdpsim {
namespace {

constexpr std::size_t kMostRepeat = 64U << 20;

template <class T>
T parse_word(const YAML::Node& node, const std::map<std::string, T>& words) {
  const std::string word = parse_text(node);
  if (const auto found = words.find(word); found != words.end()) return found->second;
  std::string known;
  for (const auto& [name, value] : words) known += (known.empty() ? "" : ", ") + name;
  complain(node, "expected one of " + known + ", not '" + word + "'");
}

const std::map<std::string, Then> kThen{{"continue", Then::Continue},
                                        {"close", Then::Close},
                                        {"close_notify", Then::CloseNotify},
                                        {"reset", Then::Reset},
                                        {"silence", Then::Silence}};

void parse_answer(Fields& fields, Answer& answer) {
  if (const auto hex = fields["send"]) answer.send = parse_hex(hex);
  if (const auto text = fields["text"]) {
    const std::string bytes = parse_text(text);
    answer.send = Bytes{bytes.begin(), bytes.end()};
  }
  if (const auto name = fields["banner"]) {
    answer.send = banner(parse_text(name));
    if (!answer.send) complain(name, "no such banner '" + parse_text(name) + "'");
  }
  if (const auto cut = fields["cut"]) answer.cut = parse_number(cut, 1U << 20);
  fields.number("repeat", answer.repeat, kMostRepeat);
  fields.read("pace", answer.pace, parse_duration);
  fields.read("delay", answer.delay, parse_duration);
  fields.read("then", answer.then, [](const YAML::Node& n) { return parse_word(n, kThen); });
}

/// Whether the phase is one word of `kThen`: nothing is sent, then that.
bool parse_shorthand(const YAML::Node& node, Answer& answer) {
  if (!node.IsScalar() || !kThen.contains(node.Scalar())) return false;
  answer.send = Bytes{};
  answer.then = kThen.at(node.Scalar());
  return true;
}

ConnectBehaviour parse_connect(const YAML::Node& node) {
  const std::map<std::string, Listen> words{
      {"accept", Listen::Accept}, {"refused", Listen::Refused}, {"drop", Listen::Drop}};
  ConnectBehaviour connect;
  if (parse_shorthand(node, connect.answer)) return connect;
  if (node.IsScalar()) {
    connect.listen = parse_word(node, words);
    return connect;
  }
  Fields fields{node};
  fields.read("listen", connect.listen, [&](const YAML::Node& n) { return parse_word(n, words); });
  parse_answer(fields, connect.answer);
  fields.finish();
  return connect;
}

std::uint8_t parse_flags(const YAML::Node& node) {
  const std::map<std::string, std::uint8_t> words{
      {"extended_data", 0x01}, {"gfx", 0x02}, {"restricted_admin", 0x08}, {"redirected_auth", 0x10}};
  if (node.IsScalar()) return static_cast<std::uint8_t>(parse_number(node, 0xFF));
  std::uint8_t flags = 0;
  for (const auto& word : node) flags = static_cast<std::uint8_t>(flags | parse_word(word, words));
  return flags;
}

void parse_security(const YAML::Node& node, NegotiateBehaviour& negotiate) {
  const std::string word = parse_text(node);
  negotiate.early_authorization = word != "nla_without_early_authorization";
  negotiate.security = parse_word<Security>(node, {{"nla", Security::Nla},
                                                   {"nla_without_early_authorization", Security::Nla},
                                                   {"any", Security::Any},
                                                   {"tls", Security::Tls},
                                                   {"rdp", Security::Rdp}});
}

NegotiateBehaviour parse_negotiate(const YAML::Node& node) {
  NegotiateBehaviour negotiate;
  if (parse_shorthand(node, negotiate.answer)) return negotiate;
  if (node.IsScalar()) {
    const std::string word = node.Scalar();
    if (word == "bare") negotiate.bare = true;
    else if (word == "disconnect_request") negotiate.answer.send = disconnect_request();
    else if (word == "error_tpdu") negotiate.answer.send = error_tpdu();
    else parse_security(node, negotiate);
    if (negotiate.answer.send) negotiate.answer.then = Then::Close;
    return negotiate;
  }
  Fields fields{node};
  if (const auto security = fields["security"]) parse_security(security, negotiate);
  if (const auto select = fields["select"])
    negotiate.select = static_cast<std::uint32_t>(parse_number(select, 0xFFFFFFFF));
  if (const auto code = fields["failure"]) {
    negotiate.failure = static_cast<std::uint32_t>(parse_number(code, 0xFFFFFFFF));
  }
  fields.read("bare", negotiate.bare, parse_bool);
  fields.read("flags", negotiate.flags, parse_flags);
  parse_answer(fields, negotiate.answer);
  fields.finish();
  return negotiate;
}

CertificateSpec parse_certificate(const YAML::Node& node) {
  CertificateSpec spec;
  Fields fields{node};
  fields.read("key", spec.key, [](const YAML::Node& n) {
    return parse_word<KeyKind>(n, {{"p256", KeyKind::P256},
                                   {"p384", KeyKind::P384},
                                   {"rsa1024", KeyKind::Rsa1024},
                                   {"rsa2048", KeyKind::Rsa2048},
                                   {"rsa4096", KeyKind::Rsa4096}});
  });
  fields.read("signature", spec.signature, [](const YAML::Node& n) {
    return parse_word<std::string>(n, {{"sha256", "sha256"}, {"sha1", "sha1"}, {"sha384", "sha384"}});
  });
  fields.read("common_name", spec.common_name, parse_text);
  if (const auto names = fields["names"])
    for (const auto& name : names) spec.names.push_back(parse_text(name));
  const auto in_seconds = [](const YAML::Node& n) {
    return std::chrono::duration_cast<seconds>(parse_duration(n));
  };
  fields.read("from", spec.not_before, in_seconds);
  fields.read("expires", spec.not_after, in_seconds);
  fields.read("issuer", spec.issuer, [](const YAML::Node& n) {
    return parse_word<Issuer>(n, {{"self", Issuer::Self}, {"authority", Issuer::Authority}});
  });
  fields.read("usage", spec.usage, [](const YAML::Node& n) {
    return parse_word<Usage>(n,
                             {{"server", Usage::Server}, {"client", Usage::Client}, {"none", Usage::None}});
  });
  fields.number("generation", spec.generation, 1'000'000);
  fields.finish();
  if (spec.not_after <= spec.not_before) complain(node, "a certificate cannot end before it begins");
  return spec;
}

int parse_version(const YAML::Node& node) {
  return parse_word<int>(
      node,
      {{"1.0", TLS1_VERSION}, {"1.1", TLS1_1_VERSION}, {"1.2", TLS1_2_VERSION}, {"1.3", TLS1_3_VERSION}});
}

TlsBehaviour parse_tls(const YAML::Node& node) {
  TlsBehaviour tls;
  if (parse_shorthand(node, tls.answer)) return tls;
  Fields fields{node};
  if (const auto version = fields["version"]) tls.min_version = tls.max_version = parse_version(version);
  fields.read("min_version", tls.min_version, parse_version);
  fields.read("max_version", tls.max_version, parse_version);
  fields.read("ciphers", tls.ciphers, parse_text);
  fields.read("legacy_renegotiation", tls.legacy_renegotiation, parse_bool);
  if (const auto alert = fields["alert"]) tls.alert = static_cast<std::uint8_t>(parse_number(alert, 255));
  if (const auto records = fields["records"]) tls.records = static_cast<unsigned>(parse_number(records, 64));
  fields.read("certificate", tls.certificate, parse_certificate);
  parse_answer(fields, tls.answer);
  fields.finish();
  return tls;
}

void parse_build(const YAML::Node& node, NlaBehaviour& nla) {
  const std::string text = parse_text(node);
  unsigned major = 0;
  unsigned minor = 0;
  unsigned build = 0;
  if (std::sscanf(text.c_str(), "%3u.%3u.%5u", &major, &minor, &build) != 3)
    complain(node, "expected a build such as 10.0.20348, not '" + text + "'");
  nla.major = static_cast<std::uint8_t>(major);
  nla.minor = static_cast<std::uint8_t>(minor);
  nla.build = static_cast<std::uint16_t>(build);
}

NlaBehaviour parse_nla(const YAML::Node& node) {
  NlaBehaviour nla;
  if (parse_shorthand(node, nla.answer)) return nla;
  Fields fields{node};
  fields.number("version", nla.version, 0x7F);
  fields.read("wrap", nla.wrap, [](const YAML::Node& n) {
    return parse_word<Wrap>(n, {{"auto", Wrap::Auto}, {"raw", Wrap::Raw}, {"spnego", Wrap::Spnego}});
  });
  fields.read("kerberos_only", nla.kerberos_only, parse_bool);
  if (const auto error = fields["error"])
    nla.error = static_cast<std::uint32_t>(parse_number(error, 0xFFFFFFFF));
  fields.read("alert", nla.alert, parse_bool);
  fields.read("error_in_five_bytes", nla.error_in_five_bytes, parse_bool);
  for (const auto& [key, into] :
       std::map<std::string, std::optional<std::string>*>{{"computer", &nla.computer},
                                                          {"domain", &nla.domain},
                                                          {"dns_name", &nla.dns_name},
                                                          {"dns_domain", &nla.dns_domain},
                                                          {"forest", &nla.forest}})
    if (const auto value = fields[key]) *into = parse_text(value);
  if (const auto build = fields["build"]) parse_build(build, nla);
  fields.read("skew", nla.skew, parse_duration);
  fields.read("timestamp", nla.timestamp, parse_bool);
  fields.number("split", nla.split, 1U << 14);
  parse_answer(fields, nla.answer);
  fields.finish();
  return nla;
}

}  // namespace

bool is_behaviour_key(const std::string& key) {
  constexpr std::array<std::string_view, 6> kKeys{"latency", "jitter", "connect", "negotiate", "tls", "nla"};
  return std::ranges::find(kKeys, key) != kKeys.end();
}

YAML::Node merge(const YAML::Node& under, const YAML::Node& over) {
  if (!over.IsDefined()) return under;
  if (!under.IsDefined() || !under.IsMap() || !over.IsMap()) return over;
  YAML::Node out{YAML::NodeType::Map};
  // Nodes are handles: putting the original keys and values in keeps their line numbers.
  for (const auto& entry : under) {
    const YAML::Node above = over[entry.first.Scalar()];
    out.force_insert(entry.first, above ? merge(entry.second, above) : entry.second);
  }
  for (const auto& entry : over)
    if (!under[entry.first.Scalar()]) out.force_insert(entry.first, entry.second);
  return out;
}

Behaviour parse_behaviour(const YAML::Node& node) {
  Behaviour behaviour;
  if (!node.IsDefined() || node.IsNull()) return behaviour;
  Fields fields{node};
  fields.read("latency", behaviour.latency, parse_duration);
  fields.read("jitter", behaviour.jitter, parse_duration);
  fields.read("connect", behaviour.connect, parse_connect);
  fields.read("negotiate", behaviour.negotiate, parse_negotiate);
  fields.read("tls", behaviour.tls, parse_tls);
  fields.read("nla", behaviour.nla, parse_nla);
  fields.finish();
  return behaviour;
}

}  // namespace rdpwatch::rdpsim
