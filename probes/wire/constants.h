#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

/// Numbers of the protocols that we speak, and nothing else: no parsing, so that the simulator may share
/// them.
namespace rdpwatch::wire {

/// No phase takes more than this from a peer (design.md section 5, invariant 6).
inline constexpr std::size_t kMaxPhaseBytes = 65'536;

// TPKT, RFC 1006 section 6.
inline constexpr std::uint8_t kTpktVersion = 3;
inline constexpr std::size_t kTpktHeaderBytes = 4;

// X.224 TPDU codes, ITU-T X.224 section 13; the low nibble carries credit and is zero in class 0.
inline constexpr std::uint8_t kTpduConnectionRequest = 0xE0;
inline constexpr std::uint8_t kTpduConnectionConfirm = 0xD0;
inline constexpr std::uint8_t kTpduDisconnectRequest = 0x80;
inline constexpr std::uint8_t kTpduError = 0x70;
inline constexpr std::uint8_t kTpduData = 0xF0;

// rdpNegData, [MS-RDPBCGR] 2.2.1.1.1, 2.2.1.2.1, 2.2.1.2.2.
inline constexpr std::uint8_t kNegRequest = 0x01;
inline constexpr std::uint8_t kNegResponse = 0x02;
inline constexpr std::uint8_t kNegFailure = 0x03;
inline constexpr std::size_t kNegDataBytes = 8;

// RDP_NEG_RSP.flags.
inline constexpr std::uint8_t kFlagExtendedClientData = 0x01;
inline constexpr std::uint8_t kFlagDynvcGraphics = 0x02;
inline constexpr std::uint8_t kFlagRestrictedAdmin = 0x08;
inline constexpr std::uint8_t kFlagRedirectedAuthentication = 0x10;

/// requestedProtocols and selectedProtocol. An open set: unnamed values are kept.
enum class SecurityProtocol : std::uint32_t {
  Rdp = 0,
  Ssl = 1,
  Hybrid = 2,
  Rdstls = 4,
  HybridEx = 8,
  RdsAad = 0x10,
};

/// RDP_NEG_FAILURE.failureCode. An open set: unnamed values are kept.
enum class NegFailureCode : std::uint32_t {
  SslRequiredByServer = 1,
  SslNotAllowedByServer = 2,
  SslCertNotOnServer = 3,
  InconsistentFlags = 4,
  HybridRequiredByServer = 5,
  SslWithUserAuthRequiredByServer = 6,
};

// CredSSP, [MS-CSSP] 2.2.1.
inline constexpr std::uint32_t kCredsspVersion = 6;
/// The first version with the binding of CVE-2018-0886.
inline constexpr std::uint32_t kCredsspPatchedVersion = 5;
inline constexpr std::size_t kClientNonceBytes = 32;

// NTLM, [MS-NLMP] 2.2.1.
inline constexpr std::array<std::uint8_t, 8> kNtlmSignature{'N', 'T', 'L', 'M', 'S', 'S', 'P', 0};
inline constexpr std::uint32_t kNtlmNegotiate = 1;
inline constexpr std::uint32_t kNtlmChallenge = 2;
inline constexpr std::uint32_t kNtlmAuthenticate = 3;
/// NegotiateFlags as current Windows clients send them inside CredSSP.
inline constexpr std::uint32_t kNtlmNegotiateFlags = 0xE20882B7;
inline constexpr std::uint32_t kNtlmFlagUnicode = 0x00000001;
inline constexpr std::uint32_t kNtlmFlagTargetInfo = 0x00800000;
inline constexpr std::uint32_t kNtlmFlagVersion = 0x02000000;

// AV_PAIR.AvId, [MS-NLMP] 2.2.2.1.
inline constexpr std::uint16_t kAvEol = 0;
inline constexpr std::uint16_t kAvNbComputerName = 1;
inline constexpr std::uint16_t kAvNbDomainName = 2;
inline constexpr std::uint16_t kAvDnsComputerName = 3;
inline constexpr std::uint16_t kAvDnsDomainName = 4;
inline constexpr std::uint16_t kAvDnsTreeName = 5;
inline constexpr std::uint16_t kAvTimestamp = 7;

// NTSTATUS values that are more than a number to the first leg of CredSSP, [MS-ERREF] 2.3.
inline constexpr std::uint32_t kStatusNotSupported = 0xC00000BB;
inline constexpr std::uint32_t kStatusNtlmBlocked = 0xC0000418;

}  // namespace rdpwatch::wire
