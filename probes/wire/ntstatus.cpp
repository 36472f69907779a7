#include "probes/wire/ntstatus.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace rdpwatch::wire {
namespace {

/// Names from [MS-ERREF] 2.1 and 2.3.
constexpr std::array kStatuses = std::to_array<StatusName>({
    {0x80070005, "E_ACCESSDENIED", "authorization failed"},
    {0x8007052E, "ERROR_LOGON_FAILURE", "wrong user name or password"},
    {0x80090302, "SEC_E_UNSUPPORTED_FUNCTION", "the function requested is not supported"},
    {0x80090303, "SEC_E_TARGET_UNKNOWN", "service principal name not resolvable"},
    {0x80090304, "SEC_E_INTERNAL_ERROR", "the local security authority cannot be contacted"},
    {0x80090305, "SEC_E_SECPKG_NOT_FOUND", "security package missing"},
    {0x80090308, "SEC_E_INVALID_TOKEN", "token not understood"},
    {0x8009030C, "SEC_E_LOGON_DENIED", "logon denied"},
    {0x8009030D, "SEC_E_UNKNOWN_CREDENTIALS", "credentials not recognized"},
    {0x8009030E, "SEC_E_NO_CREDENTIALS", "nothing to authenticate with"},
    {0x8009030F, "SEC_E_MESSAGE_ALTERED", "signature does not verify"},
    {0x80090310, "SEC_E_OUT_OF_SEQUENCE", "message out of sequence"},
    {0x80090311, "SEC_E_NO_AUTHENTICATING_AUTHORITY", "no domain controller reachable"},
    {0x80090317, "SEC_E_CONTEXT_EXPIRED", "security context is over"},
    {0x80090318, "SEC_E_INCOMPLETE_MESSAGE", "message incomplete"},
    {0x80090321, "SEC_E_BUFFER_TOO_SMALL", "buffer too small"},
    {0x80090322, "SEC_E_WRONG_PRINCIPAL", "service principal name belongs to another account"},
    {0x80090324, "SEC_E_TIME_SKEW", "clocks differ"},
    {0x80090325, "SEC_E_UNTRUSTED_ROOT", "certificate root not trusted"},
    {0x80090326, "SEC_E_ILLEGAL_MESSAGE", "message format not valid"},
    {0x80090327, "SEC_E_CERT_UNKNOWN", "certificate could not be processed"},
    {0x80090328, "SEC_E_CERT_EXPIRED", "certificate expired"},
    {0x80090330, "SEC_E_DECRYPT_FAILURE", "message could not be decrypted"},
    {0x80090331, "SEC_E_ALGORITHM_MISMATCH", "no common algorithm"},
    {0x80090342, "SEC_E_KDC_UNKNOWN_ETYPE", "encryption type not supported by the KDC"},
    {0x80090343, "SEC_E_UNSUPPORTED_PREAUTH", "preauthentication not supported"},
    {0x80090346, "SEC_E_BAD_BINDINGS", "channel binding wrong"},
    {0x80090349, "SEC_E_CERT_WRONG_USAGE", "certificate not valid for this usage"},
    {0x80090350, "SEC_E_DOWNGRADE_DETECTED", "downgrade detected"},
    {0x8009035E, "SEC_E_DELEGATION_POLICY", "delegation forbidden by policy"},
    {0x8009035F, "SEC_E_POLICY_NTLM_ONLY", "delegation forbidden with NTLM alone"},
    {0xC0000017, "STATUS_NO_MEMORY", "host out of memory"},
    {0xC0000022, "STATUS_ACCESS_DENIED", "denied by policy"},
    {0xC000005E, "STATUS_NO_LOGON_SERVERS", "host cannot reach a domain controller"},
    {0xC0000064, "STATUS_NO_SUCH_USER", "account unknown"},
    {0xC000006A, "STATUS_WRONG_PASSWORD", "wrong password"},
    {0xC000006D, "STATUS_LOGON_FAILURE", "wrong user name or password"},
    {0xC000006E, "STATUS_ACCOUNT_RESTRICTION", "account restriction"},
    {0xC000006F, "STATUS_INVALID_LOGON_HOURS", "outside of logon hours"},
    {0xC0000070, "STATUS_INVALID_WORKSTATION", "workstation not permitted"},
    {0xC0000071, "STATUS_PASSWORD_EXPIRED", "password expired"},
    {0xC0000072, "STATUS_ACCOUNT_DISABLED", "account disabled"},
    {0xC000009A, "STATUS_INSUFFICIENT_RESOURCES", "host short of resources"},
    {0xC00000BB, "STATUS_NOT_SUPPORTED", "CredSSP version refused or security package not available"},
    {0xC00000DC, "STATUS_INVALID_SERVER_STATE", "account database not ready"},
    {0xC0000133, "STATUS_TIME_DIFFERENCE_AT_DC", "clock differs from the domain controller"},
    {0xC000015B, "STATUS_LOGON_TYPE_NOT_GRANTED", "logon type not granted"},
    {0xC000018A, "STATUS_NO_TRUST_LSA_SECRET", "machine or domain trust broken"},
    {0xC000018B, "STATUS_NO_TRUST_SAM_ACCOUNT", "machine or domain trust broken"},
    {0xC000018C, "STATUS_TRUSTED_DOMAIN_FAILURE", "machine or domain trust broken"},
    {0xC000018D, "STATUS_TRUSTED_RELATIONSHIP_FAILURE", "machine or domain trust broken"},
    {0xC0000190, "STATUS_TRUST_FAILURE", "validation authority may be unreachable"},
    {0xC0000192, "STATUS_NETLOGON_NOT_STARTED", "netlogon service not started"},
    {0xC0000193, "STATUS_ACCOUNT_EXPIRED", "account expired"},
    {0xC0000198, "STATUS_NOLOGON_INTERDOMAIN_TRUST_ACCOUNT", "interdomain trust account used"},
    {0xC0000199, "STATUS_NOLOGON_WORKSTATION_TRUST_ACCOUNT", "workstation trust account used"},
    {0xC000019B, "STATUS_DOMAIN_TRUST_INCONSISTENT", "trust data wrong"},
    {0xC0000224, "STATUS_PASSWORD_MUST_CHANGE", "password must be changed"},
    {0xC0000233, "STATUS_DOMAIN_CONTROLLER_NOT_FOUND", "host cannot find a domain controller"},
    {0xC0000234, "STATUS_ACCOUNT_LOCKED_OUT", "account locked out"},
    {0xC00002EE, "STATUS_UNFINISHED_CONTEXT_DELETED", "exchange dropped half way"},
    {0xC00002F9, "STATUS_PKINIT_NAME_MISMATCH", "smart card name does not match"},
    {0xC00002FA, "STATUS_SMARTCARD_LOGON_REQUIRED", "smart card required"},
    {0xC00002FE, "STATUS_SHUTDOWN_IN_PROGRESS", "host going down"},
    {0xC00002FF, "STATUS_SERVER_SHUTDOWN_IN_PROGRESS", "host going down"},
    {0xC0000320, "STATUS_PKINIT_FAILURE", "smart card logon failed"},
    {0xC000035B, "STATUS_BAD_BINDINGS", "channel binding wrong"},
    {0xC0000380, "STATUS_SMARTCARD_WRONG_PIN", "wrong PIN"},
    {0xC0000381, "STATUS_SMARTCARD_CARD_BLOCKED", "card blocked"},
    {0xC0000388, "STATUS_DOWNGRADE_DETECTED", "downgrade detected"},
    {0xC0000413, "STATUS_AUTHENTICATION_FIREWALL_FAILED", "selective authentication on a trust"},
    {0xC0000418, "STATUS_NTLM_BLOCKED", "NTLM disabled by policy"},
    {0xC00A0037, "STATUS_CTX_LOGON_DISABLED", "interactive logon disabled for the user"},
});
static_assert(std::ranges::is_sorted(kStatuses, {}, &StatusName::value));

}  // namespace

const StatusName* find_status(std::uint32_t value) {
  const auto* const found = std::ranges::lower_bound(kStatuses, value, {}, &StatusName::value);
  return found != kStatuses.end() && found->value == value ? found : nullptr;
}

std::string describe_status(std::uint32_t value) {
  std::array<char, 11> number{};
  std::snprintf(number.data(), number.size(), "0x%08x", value);
  std::string text{number.data()};
  if (const auto* status = find_status(value))
    text.append(" ").append(status->name).append(" (").append(status->meaning).append(")");
  return text;
}

}  // namespace rdpwatch::wire
