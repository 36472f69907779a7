#include "probes/net/tls_cause.h"

#include <openssl/ssl.h>
#include <openssl/sslerr.h>
#include <openssl/tls1.h>

#include "probes/sanitize.h"
#include "probes/wire/banner.h"

namespace rdpwatch::net {
namespace {

std::string_view stage(TlsProgress progress) {
  switch (progress) {
    case TlsProgress::ClientHello: return "after our ClientHello, before any ServerHello";
    case TlsProgress::ServerHello: return "after the ServerHello, before the certificate";
    case TlsProgress::Certificate: return "after the certificate";
    case TlsProgress::ServerHelloDone: return "after our last flight, before the server's Finished";
  }
  return "";
}

Cause cause_of_alert(std::uint8_t alert) {
  switch (alert) {
    case TLS1_AD_PROTOCOL_VERSION: return Cause::VersionMismatch;
    case SSL3_AD_HANDSHAKE_FAILURE: return Cause::NoCommonCipher;
    case TLS1_AD_INSUFFICIENT_SECURITY: return Cause::InsufficientSecurity;
    case TLS1_AD_INTERNAL_ERROR: return Cause::ServerInternalError;
    default: return Cause::Unclassified;
  }
}

/// What the peer sent can only be TLS if it begins with a record header: content type, major version 3.
bool looks_like_tls(std::span<const std::uint8_t> bytes) {
  if (bytes.empty()) return true;
  const bool type = 20 <= bytes[0] && bytes[0] <= 24;
  return type && (bytes.size() < 2 || bytes[1] == 3);
}

Cause cause_of_refusal(int reason) {
  switch (reason) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_NO_PROTOCOLS_AVAILABLE:
    case SSL_R_WRONG_SSL_VERSION:
    case SSL_R_BAD_PROTOCOL_VERSION_NUMBER:
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_BAD_LEGACY_VERSION: return Cause::VersionMismatch;
    case SSL_R_NO_CIPHER_MATCH:
    case SSL_R_WRONG_CIPHER_RETURNED:
    case SSL_R_UNKNOWN_CIPHER_RETURNED:
    case SSL_R_NO_CIPHERS_AVAILABLE:
    case SSL_R_NO_SUITABLE_KEY_SHARE: return Cause::NoCommonCipher;
    case SSL_R_DH_KEY_TOO_SMALL:
    case SSL_R_CA_KEY_TOO_SMALL:
    case SSL_R_CA_MD_TOO_WEAK:
    case SSL_R_EE_KEY_TOO_SMALL:
    case SSL_R_LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED: return Cause::WeakServerKey;
    case SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED: return Cause::LegacyRenegotiation;
    default: return Cause::Unclassified;
  }
}

}  // namespace

std::string_view alert_name(std::uint8_t alert) {
  const std::string_view name = SSL_alert_desc_string_long(alert);
  return name == "unknown" ? std::string_view{} : name;
}

Observation tls_cause(const TlsFailure& failure) {
  if (failure.remote_alert) {
    const auto alert = *failure.remote_alert;
    auto detail = "the server sent alert " + std::to_string(alert);
    if (const auto name = alert_name(alert); !name.empty()) (detail += " (").append(name) += ")";
    (detail += " ").append(stage(failure.progress));
    return {cause_of_alert(alert), alert, std::move(detail)};
  }
  if (!looks_like_tls(failure.first_bytes)) {
    const auto banner = wire::recognise_banner(failure.first_bytes, true).value_or(wire::Banner{});
    return {Cause::NotTls, std::nullopt, "the answer is not TLS, but " + wire::describe(banner)};
  }
  if (failure.io) {
    auto detail = describe(*failure.io) + " ";
    detail.append(stage(failure.progress));
    std::optional<std::uint32_t> code;
    if (failure.io->error_number != 0) code = static_cast<std::uint32_t>(failure.io->error_number);
    // Flooded has no row of its own in this phase.
    const auto cause = failure.io->end == IoEnd::Flooded ? Cause::Unclassified : cause_of(*failure.io);
    return {cause, code, std::move(detail)};
  }
  auto detail = "we refuse: " + sanitize(failure.local_text) + ", ";
  detail.append(stage(failure.progress));
  return {cause_of_refusal(failure.local_reason), static_cast<std::uint32_t>(failure.local_reason),
          std::move(detail)};
}

}  // namespace rdpwatch::net
