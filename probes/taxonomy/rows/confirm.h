#pragma once

#include <string_view>

/// Confirmations that several rows share.
namespace rdpwatch::rows {

inline constexpr std::string_view kLogsOn =
    "the account gets in once with the user's own client; event 4624 instead of 4625 stands in the log";
inline constexpr std::string_view kRouted = "ip route get names an interface and a source address";
inline constexpr std::string_view kGetsDesktop = "a user of the host gets a desktop";
inline constexpr std::string_view kLicensed =
    "the host lists its licence servers, and a user without a licence gets a desktop";
inline constexpr std::string_view kUdpInUse = "the client's connection bar says that UDP is in use";
inline constexpr std::string_view kThroughGateway = "a user from outside gets a desktop through the gateway";
inline constexpr std::string_view kNothingToDo = "nothing has to change";
inline constexpr std::string_view kPhasePasses =
    "the phase passes; a later release may give the detail a reason of its own";
inline constexpr std::string_view kCredSspSeen =
    "the probe shows the CredSSP version, and the host's own name";
inline constexpr std::string_view kMember = "the account is a member, and gets a desktop";
inline constexpr std::string_view kSelects = "the server selects TLS or NLA";
inline constexpr std::string_view kStays = "the session stays";
inline constexpr std::string_view kConnects = "nc connects from the prober and from a client";
inline constexpr std::string_view kSoundKey = "the probe shows RSA 2048 or better, signed with SHA-256";
inline constexpr std::string_view kNoSchannelError = "no Schannel error follows a probe";

}  // namespace rdpwatch::rows
