#include "probes/taxonomy/client_codes.h"

#include <algorithm>
#include <array>

namespace rdpwatch {
namespace {

using enum CodeSource;

constexpr auto kDisconnectReasons = std::to_array<ClientCodeName>({
    {0x0, 0x0, Documented, "no information"},
    {0x1, 0x1, Documented, "local disconnect, not an error"},
    {0x2, 0x2, Documented, "remote disconnect by user, not an error"},
    {0x3, 0x3, Documented,
     "remote disconnect by server, not an error in itself; the reason is in the extended code"},
    {0x104, 0x104, Documented, "DNS lookup failed: cannot find the computer"},
    {0x106, 0x106, Documented, "out of memory (client)"},
    {0x108, 0x108, Documented, "connection timed out"},
    {0x10A, 0x10A, Copied, "smart card service not running"},
    {0x204, 0x204, Documented,
     "socket connect failed: remote access not enabled, off, or not on the network"},
    {0x206, 0x206, Documented, "out of memory (client)"},
    {0x207, 0x207, Reported, "seen when the embedded control had CredSSP off and the server required NLA"},
    {0x208, 0x208, Documented, "host not found"},
    {0x20A, 0x20A, Copied, "no smart card reader"},
    {0x304, 0x304, Documented, "socket send failed: connection lost by network error"},
    {0x306, 0x306, Documented, "out of memory"},
    {0x308, 0x308, Documented, "IP address not valid"},
    {0x30A, 0x30A, Copied, "no card in reader"},
    {0x404, 0x404, Documented, "socket receive failed"},
    {0x406, 0x406, Documented, "security data not valid"},
    {0x408, 0x408, Documented, "internal error: computer name has invalid characters"},
    {0x40A, 0x40A, Copied, "smart card subsystem error"},
    {0x506, 0x506, Documented, "encryption method not valid"},
    {0x508, 0x508, Documented, "DNS lookup failed (2)"},
    {0x516, 0x516, Reported, "seen from the Store client for a loopback target (network isolation)"},
    {0x604, 0x604, Documented, "gethostbyname failed"},
    {0x606, 0x606, Documented, "server security data not valid"},
    {0x608, 0x608, Documented, "client timer error"},
    {0x704, 0x704, Documented, "timeout occurred: cannot connect, try again"},
    {0x706, 0x706, Documented, "cannot unpack the server certificate (Standard RDP security)"},
    {0x708, 0x708, Copied, "already have a console session on the same computer (loop back)"},
    {0x804, 0x804, Documented, "bad IP address"},
    {0x807, 0x807, Documented, "logon failed"},
    {0x808, 0x808, Documented, "licensing negotiation failed"},
    {0x904, 0x904, Documented, "socket closed: connection lost, possibly network connectivity"},
    {0x906, 0x906, Documented, "internal security error"},
    {0x907, 0x907, Copied, "unexpected server authentication certificate received"},
    {0x908, 0x908, Documented, "licensing timed out"},
    {0xA06, 0xA06, Documented, "internal security error (2)"},
    {0xA07, 0xA07, Documented, "no such user"},
    {0xB04, 0xB04, Copied, "an error prevented the connection"},
    {0xB06, 0xB06, Documented, "encryption error"},
    {0xB07, 0xB07, Documented, "account disabled"},
    {0xB08, 0xB08, Copied, "treated as an orderly user end by the web client"},
    {0xB09, 0xB09, Copied, "server requires NLA, client does not do it"},
    {0xC06, 0xC06, Documented, "decryption error"},
    {0xC07, 0xC07, Documented, "account restriction; also when NTLM is refused and Kerberos is not possible"},
    {0xC08, 0xC08, Documented, "client decompression error"},
    {0xD06, 0xD06, Copied, "protocol error, session disconnected"},
    {0xD07, 0xD07, Documented, "account locked out"},
    {0xD09, 0xD09, Copied,
     "local policy wants the Windows Security password box, server cannot take such credentials"},
    {0xE06, 0xE06, Copied, "server demands FIPS level, client cannot"},
    {0xE07, 0xE07, Documented, "account expired"},
    {0xE08, 0xE08, Copied, "automatic reconnect failed"},
    {0xE09, 0xE09, Copied, "server does not support Restricted Admin"},
    {0xF07, 0xF07, Documented, "password expired"},
    {0xF08, 0xF08, Copied, "credentials may not be sent to this server (delegation policy)"},
    {0x1007, 0x1007, Copied, "outside permitted logon hours"},
    {0x1008, 0x1008, Copied, "client low on video resources"},
    {0x1104, 0x1104, Reported,
     "client protocol error of this number after a local listener clash or port change"},
    {0x1107, 0x1107, Copied, "workstation not permitted for this account"},
    {0x1207, 0x1207, Documented, "password must change at first logon"},
    {0x1307, 0x1307, Copied, "logon type restricted (network or interactive)"},
    {0x1407, 0x1407, Copied, "Kerberos user-to-user required"},
    {0x1607, 0x1607, Documented, "delegation policy forbids this target"},
    {0x1707, 0x1707, Documented, "policy forbids delegation with NTLM only"},
    {0x1807, 0x1807, Documented, "no authority could be contacted for authentication"},
    {0x1B07, 0x1B07, Documented, "server certificate expired or not valid, or large time difference"},
    {0x1C07, 0x1C07, Documented, "smart card wrong PIN"},
    {0x1D07, 0x1D07, Copied, "cannot verify the server: time or date differs"},
    {0x2107, 0x2107, Documented, "server wants fresh credentials"},
    {0x2207, 0x2207, Documented, "smart card blocked"},
    {0x2407, 0x2407, Reported,
     "not permitted to sign in remotely (the user was not in Remote Desktop Users)"},
    {0x2604, 0x2604, Copied, "client and server versions do not match"},
    {0x2904, 0x2904, Copied, "protocol error"},
    {0x3000001, 0x3000001, Copied, "RD Gateway: gateway user name or password not valid"},
    {0x3000002, 0x3000002, Copied, "RD Gateway: revocation list cannot be checked"},
    {0x3000003, 0x3000003, Copied,
     "RD Gateway: gateway certificate: name mismatch, expired/revoked or untrusted root"},
    {0x3000004, 0x3000004, Copied, "RD Gateway: gateway certificate revoked"},
    {0x3000005, 0x3000005, Copied, "RD Gateway: gateway identity cannot be verified"},
    {0x3000006, 0x3000006, Copied, "RD Gateway: gateway name does not match certificate"},
    {0x3000007, 0x3000007, Copied, "RD Gateway: gateway certificate expired or revoked"},
    {0x3000008, 0x3000008, Copied, "RD Gateway: error on the target computer"},
    {0x3000009, 0x3000009, Copied, "RD Gateway: send / receive to gateway failed"},
    {0x300000A, 0x300000A, Copied, "RD Gateway: send / receive to gateway failed"},
    {0x300000C, 0x300000C, Copied, "RD Gateway: gateway unreachable or wrong address"},
    {0x300000D, 0x300000D, Copied, "RD Gateway: gateway temporarily unavailable / short of resources"},
    {0x300000F, 0x300000F, Copied, "RD Gateway: gateway temporarily unavailable / short of resources"},
    {0x3000015, 0x3000015, Copied, "RD Gateway: gateway user name or password not valid"},
    {0x3000018, 0x3000018, Copied, "RD Gateway: gateway ended the connection"},
    {0x300001B, 0x300001B, Copied,
     "RD Gateway: user not on the resource policy (RAP) or target given in the wrong name form"},
    {0x300001C, 0x300001C, Copied,
     "RD Gateway: user/computer not authorised at the gateway (CAP) or wrong method"},
    {0x3000020, 0x3000020, Copied, "RD Gateway: web proxy wants authentication"},
    {0x3000022, 0x3000022, Copied, "RD Gateway: gateway reached its connection limit"},
    {0x3000028, 0x3000028, Copied, "RD Gateway: no certificate configured on the gateway"},
    {0x3000032, 0x3000032, Copied, "RD Gateway: gateway idle timeout / session timeout"},
    {0x3000033, 0x3000033, Copied, "RD Gateway: gateway idle timeout / session timeout"},
    {0x300004A, 0x300004A, Copied, "RD Gateway: HTTPS ports blocked or proxy in the way"},
});

constexpr auto kExtendedReasons = std::to_array<ClientCodeName>({
    {0x0, 0x0, Documented, "none; the first code decides"},
    {0x1, 0x1, Documented, "an administrator's tool disconnected the session"},
    {0x2, 0x2, Documented, "an administrator's tool logged the session off"},
    {0x3, 0x3, Documented, "idle time limit of the session"},
    {0x4, 0x4, Documented, "logon time limit of the session"},
    {0x5, 0x5, Documented, "replaced by another connection"},
    {0x6, 0x6, Documented, "the server is out of memory"},
    {0x7, 0x7, Copied,
     "the server denied the connection: remote connections not enabled, connection maximum exceeded, or a "
     "network error while connecting"},
    {0x8, 0x8, Documented, "the server denied the connection because of its FIPS policy"},
    {0x9, 0x9, Documented, "the server denied the connection: insufficient privileges"},
    {0xA, 0xA, Documented, "the server wants fresh credentials"},
    {0xB, 0xB, Documented, "disconnected by a tool in the user's own session"},
    {0xC, 0xC, Documented, "the user logged off"},
    {0xF, 0xF, Inferred, "the display driver was not ready in time"},
    {0x10, 0x10, Inferred, "the desktop window manager crashed"},
    {0x11, 0x11, Inferred, "the display driver could not be started"},
    {0x12, 0x12, Inferred, "the display driver is unusable"},
    {0x17, 0x17, Inferred, "winlogon crashed"},
    {0x18, 0x18, Inferred, "csrss crashed"},
    {0x19, 0x19, Inferred, "the server is shutting down"},
    {0x1A, 0x1A, Inferred, "the server is restarting"},
    {0x100, 0x100, Documented, "licensing: internal error"},
    {0x101, 0x101, Documented, "licensing: no licence server available"},
    {0x102, 0x102, Documented, "licensing: no licence available"},
    {0x103, 0x103, Documented, "licensing: the server received an invalid message"},
    {0x104, 0x104, Documented, "licensing: hardware id does not match the stored licence"},
    {0x105, 0x105, Documented, "licensing: the stored licence of the client is malformed"},
    {0x106, 0x106, Documented, "licensing: the exchange could not finish (network)"},
    {0x107, 0x107, Documented, "licensing: the client ended the exchange early"},
    {0x108, 0x108, Documented, "licensing: a message was badly encrypted"},
    {0x109, 0x109, Documented, "licensing: the licence could not be upgraded or renewed"},
    {0x10A, 0x10A, Documented, "licensing: this computer is not licensed for remote connections"},
    {0x10B, 0x10B, Documented,
     "licensing: access denied while creating the licence store in the client's registry"},
    {0x300, 0x300, Documented, "invalid credentials under RDP encryption"},
    {0x400, 0x412, Inferred, "a result of the connection broker"},
    {0x1000, 0x7FFF, Documented, "protocol error; 0x10C9 to 0x1195 are named by the specification"},
});

/// Sorted and disjoint, so that a look-up has one answer.
constexpr bool is_sorted(std::span<const ClientCodeName> names) {
  return std::ranges::adjacent_find(names, [](const auto& a, const auto& b) { return b.first <= a.last; }) ==
         names.end();
}
static_assert(is_sorted(kDisconnectReasons) && is_sorted(kExtendedReasons));

const ClientCodeName* find(std::span<const ClientCodeName> names, std::uint32_t code) {
  const auto found = std::ranges::find_if(
      names, [&](const ClientCodeName& name) { return name.first <= code && code <= name.last; });
  return found == names.end() ? nullptr : &*found;
}

}  // namespace

std::span<const ClientCodeName> disconnect_reasons() { return kDisconnectReasons; }
std::span<const ClientCodeName> extended_reasons() { return kExtendedReasons; }

const ClientCodeName* find_disconnect_reason(std::uint32_t code) { return find(kDisconnectReasons, code); }
const ClientCodeName* find_extended_reason(std::uint32_t code) { return find(kExtendedReasons, code); }

std::string_view to_string(CodeSource source) {
  switch (source) {
    case CodeSource::Documented: return "documented";
    case CodeSource::Copied: return "documented, read through a copy";
    case CodeSource::Reported: return "reported by users";
    case CodeSource::Inferred: return "inferred";
  }
  return "";
}

}  // namespace rdpwatch
