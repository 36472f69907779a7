#include "daemon/expectation_yaml.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace rdpwatch::daemon {
namespace {

/// A JSON string is a double-quoted scalar of YAML, whatever it holds.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void put(std::string& block, const char* key, const std::string& value) {
  if (!value.empty()) block += fmt::format("      {}: {}\n", key, quoted(value));
}

std::string expectation(const ProbeReport& report) {
  std::string block;
  if (report.resolve && !report.resolve->from_literal) {
    std::string list;
    for (const auto& address : report.resolve->addresses)
      list += (list.empty() ? "" : ", ") + quoted(address);
    if (!list.empty()) block += fmt::format("      addresses: [{}]\n", list);
  }
  if (report.nla) {
    put(block, "computer_name", report.nla->computer);
    put(block, "dns_name", report.nla->dns_name);
    put(block, "domain", report.nla->domain);
    put(block, "os_build", report.nla->os_build);
  }
  if (report.tls && report.tls->certificate) {
    put(block, "certificate_sha256", report.tls->certificate->fingerprint_sha256);
    put(block, "spki_sha256", report.tls->certificate->spki_sha256);
  }
  return block;
}

}  // namespace

std::string expectation_yaml(const config::Target& target, const ProbeReport& report) {
  auto out = fmt::format("  - host: {}\n", quoted(target.port == 3389 ? target.host : target.endpoint()));
  if (target.id != target.endpoint()) out += fmt::format("    id: {}\n", quoted(target.id));
  if (report.failure)
    out += fmt::format("    # failed at {}: {}; only what was seen before that is listed\n",
                       to_string(report.failure->phase), report.failure->row->reason);
  const auto block = expectation(report);
  return block.empty() ? out : out + "    expect:\n" + block;
}

}  // namespace rdpwatch::daemon
