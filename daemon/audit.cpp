#include "daemon/audit.h"

#include "daemon/log.h"

namespace rdpwatch::daemon {
namespace {

std::string_view to_string(AuditAction action) {
  switch (action) {
    case AuditAction::Pause: return "pause";
    case AuditAction::PauseEnd: return "pause_end";
    case AuditAction::ProbeNow: return "probe_now";
    case AuditAction::Reload: return "reload";
    case AuditAction::Request: return "request";
  }
  return "";
}

}  // namespace

void audit(Log& log, const AuditEntry& entry) {
  LogFields fields{{"action", to_string(entry.action)}, {"who", entry.who.empty() ? entry.from : entry.who}};
  if (!entry.from.empty()) fields.emplace_back("from", entry.from);
  if (!entry.what.empty()) fields.emplace_back("what", entry.what);
  fields.emplace_back("result", entry.result);
  log.write(entry.result.starts_with(refused({})) ? LogSeverity::Warning : LogSeverity::Info, "audit",
            fields);
}

}  // namespace rdpwatch::daemon
