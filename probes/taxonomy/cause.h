#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace rdpwatch {

/// What was observed, before any interpretation. The pair (phase, cause) selects a row of the taxonomy
/// (taxonomy.h); the same cause may mean different reasons in different phases: Timeout in `connect` is an
/// unanswered SYN, in `tls` a handshake that stalled.
/// A closed set: codes that the wire invents travel beside it, in Observation::code.
enum class Cause : std::uint8_t {
  // any phase
  Unclassified,  ///< something that no row names; `detail` says what was seen
  Timeout,
  Closed,  ///< orderly end (FIN) before the phase was complete
  Reset,   ///< RST, ECONNRESET, EPIPE
  Malformed,

  // resolve
  NameInvalid,
  NameNotFound,
  NoAddress,
  DnsServerFailure,
  DnsRefused,
  DnsCnameLoop,
  UnexpectedAddress,
  InvalidAddress,
  PartialAddresses,

  // connect
  NetworkUnreachable,
  HostUnreachable,
  AdminProhibited,
  TtlExceeded,
  LocalRouteDenied,
  Refused,
  ResetOnAccept,
  ClosedOnAccept,
  ConnectSlow,
  PacketLoss,
  SocketDenied,
  ResourcesExhausted,

  // negotiate
  NotRdp,
  TlsFirst,
  ErrorTpdu,
  DisconnectRequest,
  NegotiationAbsent,
  TlsRequired,
  TlsNotAllowed,
  CertificateMissing,
  InconsistentFlags,
  NlaRequired,
  ClientCertificateRequired,
  FailureCodeUnknown,
  ProtocolMismatch,
  BelowPolicy,
  PolicyDrift,

  // tls
  NoCommonCipher,
  VersionMismatch,
  ServerInternalError,
  InsufficientSecurity,
  NotTls,
  WeakServerKey,
  LegacyRenegotiation,
  TlsBelowPolicy,
  CertificateExpired,
  CertificateNotYetValid,
  CertificateExpiring,
  CertificateNameMismatch,
  CertificateUntrusted,
  CertificateSelfSigned,
  CertificateChanged,
  CertificateRenewed,
  CertificateChangedEarly,
  CertificateWrongUsage,

  // nla
  Rejected,  ///< errorCode in the first answer; Observation::code is the NTSTATUS
  NotSupported,
  Unpatched,
  NtlmBlocked,
  IdentityMismatch,
  OsBuildUnexpected,
  ClockSkew,

  // the probe as a whole
  PassedOnRetry,
};

/// One cause with the evidence that goes with it.
struct Observation {
  Cause cause = Cause::Unclassified;
  /// errno, TLS alert, failureCode, NTSTATUS: the number as it was seen; what it is follows from the cause.
  std::optional<std::uint32_t> code{};
  /// What was seen, for people: starts lower case, no full stop, sanitised, never a secret.
  std::string detail{};
};

}  // namespace rdpwatch
