#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "tests/rdpsim/behaviour.h"

/// The bytes that the simulator sends. Written from the specifications alone, so that a misreading in the
/// prober's codecs is not repeated here.
namespace rdpwatch::rdpsim {

inline constexpr std::uint32_t kProtocolRdp = 0;
inline constexpr std::uint32_t kProtocolSsl = 1;
inline constexpr std::uint32_t kProtocolHybrid = 2;
inline constexpr std::uint32_t kProtocolHybridEx = 8;

/// X.224 Connection Confirm with RDP_NEG_RSP, [MS-RDPBCGR] 2.2.1.2.1.
Bytes confirm(std::uint8_t flags, std::uint32_t protocol);
/// X.224 Connection Confirm with RDP_NEG_FAILURE, [MS-RDPBCGR] 2.2.1.2.2.
Bytes failure(std::uint32_t code);
/// X.224 Connection Confirm without negotiation data.
Bytes bare_confirm();
/// X.224 Disconnect Request, X.224 13.5.
Bytes disconnect_request();
/// X.224 Error TPDU, X.224 13.12.
Bytes error_tpdu();
/// What an RDP_NEG_REQ in a connection request offers; nothing when there is none. `tpdu` is a whole TPKT.
std::optional<std::uint32_t> requested_protocols(const Bytes& tpdu);

/// A fatal TLS alert in the clear.
Bytes tls_alert(std::uint8_t description);

/// What other products say first, or in answer to nonsense: ssh, http, rfb, smtp, ftp, mysql, telnet,
/// unknown, tls_alert, tls_record. Nothing for any other name.
std::optional<Bytes> banner(std::string_view name);

struct Identity {
  std::string computer{};
  std::string domain{};
  std::string dns_name{};
  std::string dns_domain{};
  std::string forest{};
};

/// NTLM CHALLENGE_MESSAGE, [MS-NLMP] 2.2.1.2. `challenge` is the server challenge.
Bytes ntlm_challenge(const NlaBehaviour& nla, const Identity& identity, std::uint64_t challenge);
/// NegTokenResp, RFC 4178 4.2.2: accept-incomplete with NTLM, or with Kerberos and no token.
Bytes spnego_answer(const Bytes& token, bool kerberos);
/// TSRequest, [MS-CSSP] 2.2.1, with a token or with an error code.
Bytes ts_request(unsigned version, const std::optional<Bytes>& token, std::optional<std::uint32_t> error,
                 bool error_in_five_bytes);
/// Whole length of the DER element at the start of `bytes`; nothing while its header is incomplete, 0 when
/// it is not a SEQUENCE of a definite length.
std::optional<std::size_t> der_length(const Bytes& bytes);

}  // namespace rdpwatch::rdpsim
