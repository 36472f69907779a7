#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "probes/baseline.h"
#include "probes/path/context.h"
#include "probes/taxonomy/taxonomy.h"

namespace rdpwatch {

enum class Verdict : std::uint8_t { Ok, Degraded, Failed };
enum class Outcome : std::uint8_t { Ok, Failed, Skipped };

std::string_view to_string(Verdict verdict);
std::string_view to_string(Outcome outcome);

struct PhaseResult {
  Phase phase = Phase::Resolve;
  Outcome outcome = Outcome::Skipped;
  std::chrono::nanoseconds duration{};  ///< zero when skipped
  std::uint32_t retransmits = 0;        ///< segments that we sent again in this phase, from TCP_INFO
};

/// Why the climb stopped: the row, and what was seen.
struct Failure {
  const Row* row = nullptr;  ///< static storage
  Phase phase = Phase::Resolve;
  std::optional<std::uint32_t> code{};
  std::string detail{};
};

/// Something wrong that does not stop the climb. `severity` is after policy.
struct Finding {
  const Row* row = nullptr;  ///< static storage
  Phase phase = Phase::Resolve;
  Severity severity = Severity::Info;
  std::string detail{};
};

struct ResolveEvidence {
  std::vector<std::string>
      addresses{};  ///< in the order they are tried; sorted copies are compared for change
  bool from_literal = false;
  bool from_cache = false;
};

/// From TCP_INFO at the end of the connection.
struct ConnectEvidence {
  std::chrono::microseconds rtt{};
  std::uint32_t retransmits = 0;
};

/// How a passed probe compares with the target's own past. Empty members: too little is known yet.
struct BaselineEvidence {
  std::optional<Comparison> round_trip{};
  std::optional<Comparison> climb{};  ///< phases from connect on
  Repeats repeats{};
};

/// What led a second climb around the name.
enum class BypassBy : std::uint8_t {
  Expected,  ///< an address of `expect`
  LastGood,  ///< the last address that worked
  Name       ///< the other way round: the target is an address, and its `expect.dns_name` leads elsewhere
};

std::string_view to_string(BypassBy by);

/// A second climb that left the name out, because the name failed or led to another host.
struct BypassEvidence {
  BypassBy by = BypassBy::Expected;
  std::string address{};
  Phase phase = Phase::Connect;  ///< where it ended
  const Row* row = nullptr;      ///< why it failed or is another host; nullptr: the host answers there
  std::string conclusion{};      ///< which half is broken, for people
};

/// RDP_NEG_RSP as it came, [MS-RDPBCGR] 2.2.1.2.1. Open sets are kept raw.
struct NegotiationEvidence {
  bool negotiation_data = false;  ///< false: a confirm without the 8-byte block
  std::uint32_t selected_protocol = 0;
  std::uint8_t flags = 0;
  std::optional<bool> nla_required{};  ///< from a request that offered TLS only; kept from an earlier probe
};

/// A leaf certificate, parsed once and shared by all reports that saw it. Text is sanitised.
struct Certificate {
  std::string fingerprint_sha256{};  ///< lower-case hex of SHA-256 over the DER
  std::string spki_sha256{};         ///< lower-case hex of SHA-256 over SubjectPublicKeyInfo
  std::string subject{};             ///< RFC 2253
  std::string issuer{};
  std::string serial{};
  std::chrono::sys_seconds not_before{};
  std::chrono::sys_seconds not_after{};
  bool self_signed = false;
  std::string key{};        ///< "RSA 2048", "EC P-256"
  std::string signature{};  ///< "sha256WithRSAEncryption"
  std::vector<std::string>
      names{};  ///< DNS names and addresses that it covers; the common name when it has none
};

struct TlsEvidence {
  std::string version{};  ///< "TLS 1.2"
  std::string cipher{};   ///< "TLS_AES_256_GCM_SHA384"
  std::shared_ptr<const Certificate> certificate{};
  bool hostname_match = false;
};

/// What the CredSSP answer told about the host. Text is sanitised.
struct NlaEvidence {
  std::uint32_t credssp_version = 0;
  std::string computer{};  ///< NetBIOS computer name
  std::string domain{};    ///< NetBIOS domain name
  std::string dns_name{};  ///< DNS computer name
  std::string dns_domain{};
  std::string forest{};
  std::string os_build{};    ///< "10.0.20348"
  std::string os_release{};  ///< "Windows Server 2022"; empty for an unknown build
  std::optional<std::chrono::nanoseconds>
      clock_skew{};  ///< server minus local, half the round trip taken off
};

/// The result of one probe, retries included. Immutable once published.
struct ProbeReport {
  std::string target{};  ///< id
  std::string host{};
  std::uint16_t port = 0;
  std::string module{};
  std::string address{};  ///< the address of the last connection; empty when none was made
  std::chrono::system_clock::time_point time{};  ///< start
  std::chrono::nanoseconds duration{};           ///< all tries and the delay between them
  int attempts = 1;

  Verdict verdict = Verdict::Ok;
  Phase phase = Phase::Resolve;       ///< where it failed, or the last phase passed
  std::uint8_t phase_reached = 0;     ///< ordinal of the last phase completed, 0 for none
  std::optional<Failure> failure{};   ///< set if and only if verdict is Failed
  std::vector<Finding> findings{};    ///< worst first
  std::vector<PhaseResult> phases{};  ///< of the last try, in the order of the climb

  std::optional<ResolveEvidence> resolve{};
  std::optional<ConnectEvidence> connect{};
  std::optional<NegotiationEvidence> negotiation{};
  std::optional<TlsEvidence> tls{};
  std::optional<NlaEvidence> nla{};
  std::optional<BypassEvidence> by_address{};
  std::optional<BaselineEvidence> baseline{};      ///< nothing when the probe failed, or knows no past
  std::shared_ptr<const path::Context> context{};  ///< when it failed and an address was known; else nullptr

  /// The row that `reason` and `scenario` of the JSON come from: the failure's, else the worst finding's when
  /// degraded, else nullptr.
  const Row* decisive_row() const;
};

}  // namespace rdpwatch
