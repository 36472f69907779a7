#include "daemon/look_plan.h"

namespace rdpwatch::daemon {
namespace {

/// Whether somebody on the way, or a way that is missing, may be what stops the connection.
bool way_may_be_to_blame(const ProbeReport& report) {
  if (!report.failure || report.failure->phase != Phase::Connect || report.address.empty()) return false;
  switch (report.failure->row->cause.value_or(Cause::Unclassified)) {
    case Cause::Timeout:
    case Cause::Refused:
    case Cause::ResetOnAccept:
    case Cause::NetworkUnreachable:
    case Cause::HostUnreachable:
    case Cause::AdminProhibited:
    case Cause::TtlExceeded:
    case Cause::LocalRouteDenied:
    case Cause::SocketDenied: return true;
    default: return false;
  }
}

bool connected(const ProbeReport& report) {
  for (const auto& phase : report.phases)
    if (phase.phase == Phase::Connect) return phase.outcome == Outcome::Ok && !report.address.empty();
  return false;
}

}  // namespace

LookPlan::LookPlan(std::uint64_t hash, TimePoint now)
    : healthy_due_{now + std::chrono::milliseconds{hash % static_cast<std::uint64_t>(
                                                              std::chrono::milliseconds{kSpread}.count())}} {}

std::optional<path::Method> LookPlan::consider(const ProbeReport& report, TimePoint now) {
  if (way_may_be_to_blame(report)) {
    if (report.failure->row == looked_ && now < looked_at_ + kRepeat) return std::nullopt;
    return path::Method::Syn;
  }
  looked_ = nullptr;
  if (!connected(report) || now < healthy_due_) return std::nullopt;
  return path::Method::Echo;
}

void LookPlan::begun(const ProbeReport& report, TimePoint now) {
  if (way_may_be_to_blame(report)) {
    looked_ = report.failure->row;
    looked_at_ = now;
  } else {
    healthy_due_ = now + kHealthyRepeat;
  }
}

}  // namespace rdpwatch::daemon
