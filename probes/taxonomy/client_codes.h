#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace rdpwatch {

/// How the meaning of a client code is known. Nothing here was measured on a Windows client.
enum class CodeSource : std::uint8_t {
  Documented,  ///< specification or product documentation, read in the original
  Copied,      ///< Microsoft's text, read through a third party's copy
  Reported,    ///< users in the field
  Inferred,    ///< concluded from the above
};

/// What one code, or a range of codes, of the Windows client says by itself.
struct ClientCodeName {
  std::uint32_t first;
  std::uint32_t last;
  CodeSource source;
  std::string_view meaning;
};

/// The first code of the dialog: IMsTscAxEvents::OnDisconnected discReason, and the gateway block from
/// 0x3000001 on. Sorted by code.
std::span<const ClientCodeName> disconnect_reasons();

/// The second code: ExtendedDisconnectReasonCode. Its numbers are those of the Set Error Info PDU
/// ([MS-RDPBCGR] 2.2.5.1.1) where both exist; that the client copies them is inferred. Sorted by code.
std::span<const ClientCodeName> extended_reasons();

/// nullptr for a code that no source names.
const ClientCodeName* find_disconnect_reason(std::uint32_t code);
const ClientCodeName* find_extended_reason(std::uint32_t code);

std::string_view to_string(CodeSource source);

}  // namespace rdpwatch
