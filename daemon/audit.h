#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rdpwatch::daemon {

class Log;

enum class AuditAction : std::uint8_t { Pause, PauseEnd, ProbeNow, Reload, Request };

/// What somebody did, or tried to do, to the running daemon.
struct AuditEntry {
  AuditAction action{};
  /// A user who proved to be it, a name that was only given and from where, "SIGHUP", "configuration"; empty:
  /// the address stands for it.
  std::string who{};
  std::string from{};    ///< address of the client as the kernel saw it; empty: it came from this machine
  std::string what{};    ///< target, or what was asked for in words
  std::string result{};  ///< "done", or why not
};

/// The result of what was not done, which the log writes as a warning.
inline std::string refused(std::string_view why) { return "refused: " + std::string{why}; }

/// One line of the log with the message "audit", whose time is that of the act.
void audit(Log& log, const AuditEntry& entry);

}  // namespace rdpwatch::daemon
