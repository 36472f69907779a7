#pragma once

#include <memory>
#include <stdexcept>

#include <nlohmann/json_fwd.hpp>

#include "daemon/state/clocks.h"
#include "probes/report.h"

/// Reports and certificates as they are kept on disk: everything, unlike the JSON that people get
/// (daemon/report_json.h). What comes from the taxonomy is kept by the id of its row.
namespace rdpwatch::daemon::state {

nlohmann::json certificate_to_json(const Certificate& certificate);
/// Throws for what is not a certificate.
Certificate certificate_from(const nlohmann::json& json);

/// `kept`: the certificate that is kept beside the report; when the report has the same, it only says so.
nlohmann::json report_to_json(const ProbeReport& report, const Certificate* kept);

/// Throws for what is not a report, or breaks what holds for every report. `target`: its id. Throws
/// UnknownReason for one that is whole but for that.
std::shared_ptr<const ProbeReport> report_from(const nlohmann::json& json, const std::string& target,
                                               const std::shared_ptr<const Certificate>& kept,
                                               const Clocks& now);

/// A reason that this release does not know.
struct UnknownReason : std::out_of_range {
  UnknownReason() : std::out_of_range{"an unknown reason"} {}
};

/// The row of a reason; throws UnknownReason when there is none.
const Row& row_of(const nlohmann::json& json);

}  // namespace rdpwatch::daemon::state
