#include "probes/report.h"

namespace rdpwatch {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::Ok: return "ok";
    case Verdict::Degraded: return "degraded";
    case Verdict::Failed: return "failed";
  }
  return "";
}

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::Ok: return "ok";
    case Outcome::Failed: return "failed";
    case Outcome::Skipped: return "skipped";
  }
  return "";
}

const Row* ProbeReport::decisive_row() const {
  if (failure) return failure->row;
  if (verdict == Verdict::Degraded && !findings.empty()) return findings.front().row;
  return nullptr;
}

std::string_view to_string(BypassBy by) {
  switch (by) {
    case BypassBy::Expected: return "expected";
    case BypassBy::LastGood: return "last_good";
    case BypassBy::Name: return "name";
  }
  return "";
}

}  // namespace rdpwatch
