#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "probes/wire/decode_error.h"
#include "probes/wire/nego.h"

namespace rdpwatch::wire {

/// X.224 Connection Request, [MS-RDPBCGR] 2.2.1.1.
struct ConnectionRequest {
  /// Name behind "mstshash="; empty for none. What is not printable ASCII is dropped, and so is what exceeds
  /// kMaxCookieName, because only well-formed PDUs leave us.
  std::string cookie{};
  std::optional<NegRequest> negotiation{};
};

inline constexpr std::size_t kMaxCookieName = 200;

/// The whole TPKT.
std::vector<std::uint8_t> encode(const ConnectionRequest& request);

/// X.224 Connection Confirm, [MS-RDPBCGR] 2.2.1.2.
struct ConnectionConfirm {
  std::optional<NegReply> negotiation{};  ///< empty: the confirm ends after its fixed part
};

/// X.224 Disconnect Request, ITU-T X.224 section 13.5.
struct DisconnectTpdu {
  std::optional<std::uint8_t> reason{};
};

/// X.224 TPDU Error, ITU-T X.224 section 13.12.
struct ErrorTpdu {
  std::optional<std::uint8_t> reject_cause{};
};

using ServerTpdu = std::variant<ConnectionConfirm, DisconnectTpdu, ErrorTpdu>;

/// What the first 6 bytes of an answer promise.
struct TpduHead {
  std::size_t length = 0;  ///< of the whole TPKT
  std::uint8_t code = 0;   ///< kTpdu..., low nibble cleared
};

/// Reads TPKT header, length indicator and TPDU code, as soon as the bytes are there.
/// Errors: Truncated (all right so far), UnexpectedType (not a TPKT, or a TPDU that cannot answer a request),
/// BadLength (TPKT length and length indicator contradict each other), TooLong (beyond kMaxConfirmBytes).
std::expected<TpduHead, DecodeError> decode_tpdu_head(std::span<const std::uint8_t> bytes);

/// A confirm has 11 or 19 bytes, the others few; the rest is slack.
inline constexpr std::size_t kMaxConfirmBytes = 259;

/// Decodes one whole TPKT that answers a Connection Request.
/// Errors: those of decode_tpdu_head and decode_neg_reply.
std::expected<ServerTpdu, DecodeError> decode_server_tpdu(std::span<const std::uint8_t> bytes);

}  // namespace rdpwatch::wire
