#include "daemon/incidents/attribute.h"

#include <algorithm>
#include <tuple>

#include <arpa/inet.h>

#include "config/values.h"

namespace rdpwatch::daemon::incidents {
namespace {

Attribute made(AttributeKind kind, std::string value) {
  return {kind, std::string{to_string(kind)}, std::move(value)};
}

std::string servers_of(const config::Resolver& resolver) {
  std::string text;
  for (const std::string& server : resolver.servers) text += (text.empty() ? "" : ", ") + server;
  return text.empty() ? "system" : text;
}

/// Whether the climb stopped before there was an address.
bool is_of_names(const CauseGroup& cause) {
  return std::ranges::any_of(taxonomy(), [&cause](const Row& row) {
    return row.kind == Kind::Failure && row.phase == Phase::Resolve && group_of(row) == cause;
  });
}

}  // namespace

std::string_view to_string(AttributeKind kind) {
  switch (kind) {
    case AttributeKind::Label: return "label";
    case AttributeKind::Subnet: return "subnet";
    case AttributeKind::Resolver: return "resolver";
    case AttributeKind::Issuer: return "issuer";
    case AttributeKind::Vantage: return "vantage";
  }
  return "";
}

Attribute vantage() { return made(AttributeKind::Vantage, "all targets"); }

std::vector<Attribute> configured_attributes(const config::Target& target) {
  std::vector<Attribute> attributes{vantage()};
  for (const auto& [name, value] : target.labels) attributes.push_back({AttributeKind::Label, name, value});
  if (target.module && !config::canonical_address(target.host))
    attributes.push_back(made(AttributeKind::Resolver, servers_of(target.module->resolver)));
  return attributes;
}

std::optional<Attribute> subnet_of(std::string_view address) {
  const std::string text{address.substr(0, address.find('%'))};
  for (const auto& [family, bytes_kept, length] :
       {std::tuple{AF_INET, 3, "/24"}, std::tuple{AF_INET6, 8, "/64"}}) {
    std::array<unsigned char, 16> bytes{};
    if (inet_pton(family, text.c_str(), bytes.data()) != 1) continue;
    std::fill(bytes.begin() + bytes_kept, bytes.end(), static_cast<unsigned char>(0));
    std::array<char, INET6_ADDRSTRLEN> out{};
    return made(AttributeKind::Subnet,
                inet_ntop(family, bytes.data(), out.data(), out.size()) + std::string{length});
  }
  return std::nullopt;
}

std::optional<Attribute> issuer_of(const Certificate& certificate) {
  if (certificate.self_signed || certificate.issuer.empty()) return std::nullopt;
  return made(AttributeKind::Issuer, certificate.issuer);
}

bool bears_on(AttributeKind kind, const CauseGroup& cause) {
  const bool of_names = is_of_names(cause);
  switch (kind) {
    case AttributeKind::Vantage: return true;
    case AttributeKind::Label: return cause.family != "local";
    case AttributeKind::Subnet: return !of_names && cause.family != "local";
    case AttributeKind::Resolver: return of_names;
    case AttributeKind::Issuer: return cause.family == "tls" || cause.family == "cert";
  }
  return false;
}

int rank_of(const Attribute& attribute) {
  switch (attribute.kind) {
    case AttributeKind::Resolver: return 0;  // only named where it bears on the cause
    case AttributeKind::Label: return attribute.name == "site" ? 1 : 2;
    case AttributeKind::Subnet: return 3;
    case AttributeKind::Issuer: return 4;
    case AttributeKind::Vantage: return 5;
  }
  return 6;
}

}  // namespace rdpwatch::daemon::incidents
