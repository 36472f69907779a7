#include <fmt/format.h>

#include "daemon/log.h"
#include "daemon/path_text.h"
#include "daemon/report_text.h"
#include "probes/path/trace_text.h"

namespace rdpwatch::daemon {
namespace {

void add_code(LogFields& fields, std::string_view name, std::optional<std::uint32_t> code) {
  if (code) fields.emplace_back(name, fmt::format("0x{:X}", *code));
}

void add_context(LogFields& fields, const path::Context& context) {
  fields.emplace_back("address_kind", context.target_kind);
  fields.emplace_back("from", egress_text(context.egress));
}

std::string_view detail_of(const ProbeReport& report) {
  if (report.failure) return report.failure->detail;
  return report.findings.empty() ? std::string_view{} : report.findings.front().detail;
}

}  // namespace

void log_change(Log& log, const TargetRecord& record) {
  const ProbeReport& report = *record.last;
  const bool failed = report.verdict == Verdict::Failed;
  LogFields fields{
      {"target", report.target}, {"verdict", to_string(report.verdict)}, {"phase", to_string(report.phase)}};
  if (const Row* row = report.decisive_row()) {
    fields.emplace_back("reason", row->reason);
    fields.emplace_back("scenario", to_string(row->scenario));
    add_code(fields, "client_code", row->client.code);
    add_code(fields, "client_extended_code", row->client.extended);
    fields.emplace_back("detail", detail_of(report));
  }
  if (!report.address.empty()) fields.emplace_back("address", report.address);
  if (report.context) add_context(fields, *report.context);
  if (record.suspect) fields.emplace_back("suspect_vantage", *record.suspect);
  if (failed && record.last_good) {
    fields.emplace_back("last_good", record.last_good->time);
    if (record.last_good->nla) fields.emplace_back("os_build", record.last_good->nla->os_build);
  }
  fields.emplace_back("since", record.verdict_since);
  fields.emplace_back("duration_seconds", std::chrono::duration<double>(report.duration).count());
  log.write(failed ? LogSeverity::Warning : LogSeverity::Info, "verdict changed", fields);
}

void log_path(Log& log, const TargetRecord& record) {
  const PathLook& look = *record.path;
  LogFields fields{{"target", record.target->id}};
  if (look.row != nullptr) fields.emplace_back("reason", look.row->reason);
  fields.emplace_back("address", look.address);
  fields.emplace_back("path", path_text(look));
  const auto add = [&fields](std::string_view name, std::string text) {
    if (!text.empty()) fields.emplace_back(name, std::move(text));
  };
  add("look_at", path::suspect(look.seen.trace));
  add("ping", ping_text(look.seen.ping));
  if (record.path_when_well && record.path_when_well != record.path)
    add("change", path_change_text(look, *record.path_when_well));
  log.write(look.row == nullptr ? LogSeverity::Debug : LogSeverity::Info, "path traced", fields);
}

}  // namespace rdpwatch::daemon
