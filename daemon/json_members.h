#pragma once

#include <string_view>

#include "probes/report.h"

/// Members that are the same in the JSON that people get and in the state on disk. `Json`: one of nlohmann's.
namespace rdpwatch::daemon {

/// What is empty is left out.
template <class Json>
void put_text(Json& object, const char* key, std::string_view text) {
  if (!text.empty()) object[key] = text;
}

/// What a host said about itself.
template <class Json>
void put_identity(Json& object, const NlaEvidence& nla) {
  put_text(object, "computer", nla.computer);
  put_text(object, "domain", nla.domain);
  put_text(object, "dns_name", nla.dns_name);
  put_text(object, "dns_domain", nla.dns_domain);
  put_text(object, "forest", nla.forest);
  put_text(object, "os_build", nla.os_build);
  put_text(object, "os_release", nla.os_release);
}

/// How this machine sends to a host.
template <class Json>
void put_egress(Json& object, const path::Egress& egress) {
  put_text(object, "address", egress.address);
  put_text(object, "interface", egress.interface);
  put_text(object, "interface_kind", egress.kind);
  put_text(object, "route", egress.route);
  put_text(object, "gateway", egress.gateway);
  object["default_route"] = egress.default_route;
  put_text(object, "why_not", egress.why_not);
}

}  // namespace rdpwatch::daemon
