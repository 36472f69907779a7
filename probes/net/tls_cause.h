#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "probes/net/connection.h"
#include "probes/taxonomy/cause.h"

namespace rdpwatch::net {

/// How far the server's flight had come when the handshake ended.
enum class TlsProgress : std::uint8_t {
  ClientHello,      ///< nothing but our hello
  ServerHello,      ///< its hello came, the certificate did not
  Certificate,      ///< the certificate came
  ServerHelloDone,  ///< our last flight is out, its Finished did not come
};

/// Everything that is known of a handshake that did not complete.
struct TlsFailure {
  std::optional<IoFailure> io{};  ///< the stream ended
  /// The fatal alert that the peer sent.
  std::optional<std::uint8_t> remote_alert{};
  int local_reason = 0;  ///< SSL_R_ value of OpenSSL's refusal; 0 for none
  std::string local_text{};
  TlsProgress progress = TlsProgress::ClientHello;
  std::span<const std::uint8_t> first_bytes{};  ///< of what the peer sent
};

/// The cause of a failed handshake. Pure.
Observation tls_cause(const TlsFailure& failure);

/// "handshake_failure" for 40; empty for a number without a name, RFC 8446 section 6.
std::string_view alert_name(std::uint8_t alert);

}  // namespace rdpwatch::net
