#include "config/config.h"

#include <algorithm>

namespace rdpwatch::config {

std::string Target::endpoint() const {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return (is_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

bool Target::operator==(const Target& other) const {
  const auto same = [](const auto& a, const auto& b) { return a == b || (a && b && *a == *b); };
  return id == other.id && host == other.host && port == other.port && labels == other.labels &&
         same(module, other.module) && same(expect, other.expect);
}

const Target* Config::find(std::string_view id) const {
  const auto id_of = [](const auto& target) -> std::string_view { return target->id; };
  const auto it = std::ranges::lower_bound(targets, id, {}, id_of);
  return it != targets.end() && (*it)->id == id ? it->get() : nullptr;
}

}  // namespace rdpwatch::config
