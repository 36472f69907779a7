#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "config/config.h"
#include "probes/net/judgement.h"
#include "probes/report.h"

namespace rdpwatch::net {

/// Below this is a policy matter, not a failure: the connection works.
std::optional<config::TlsVersion> tls_version_from(int openssl_version);
std::string_view to_string(config::TlsVersion version);

/// The negotiated security against policy and against what the host showed before.
struct NegotiationCase {
  const NegotiationEvidence& evidence;
  const config::Policy& policy;
  std::optional<std::uint8_t> flags_before{};
  std::optional<bool> nla_required_before{};
};
/// Rows 43 and 147. Pure.
void judge_negotiation(const NegotiationCase& seen, Judgements& out);

/// What the CredSSP answer says about the host, against expectation, policy and memory.
struct HostCase {
  const NlaEvidence& evidence;
  const config::Policy& policy;
  const config::Expectation* expect = nullptr;
  const std::string& host;  ///< as configured
  bool host_is_address = false;
  bool certificate_covers_host = false;
  std::string_view os_build_before{};
};
/// Rows 68 and 71 to 73. Pure.
void judge_host(const HostCase& seen, Judgements& out);

/// Whether build `a` is older than `b`; both "10.0.20348", numbers compared part by part.
bool older_build(std::string_view a, std::string_view b);

}  // namespace rdpwatch::net
