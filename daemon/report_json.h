#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "probes/report.h"

namespace rdpwatch::daemon {

/// The report as one JSON object, schema 1. Members come in a fixed order.
///
/// Always there: schema, target, host, port, module, time (start, UTC, milliseconds), duration_seconds,
/// attempts, verdict, phase, findings, phases, advice (the last three are arrays, perhaps empty).
/// What is not known, or does not apply, is absent, never null: address (no connection was made), reason and
/// scenario (verdict ok), client_code, client_extended_code and client_code_basis (the reason shows no code,
/// or only one of the two), detail (empty), server (the host said nothing about itself), by_address (the name
/// was not in doubt, or no address to climb in its place is known; `reason` in it when the host answers),
/// baseline (the probe failed, or was not made by a daemon; `round_trip` and `climb` in it while too little
/// is known), retransmits of a phase (none), context (it did not fail, or no address was known).
///
/// A degraded report carries the reason, codes, detail and advice of its worst finding. Codes are strings of
/// lower-case "0x" and upper-case digits, as the Windows client shows them. Seconds are rounded to
/// microseconds; a skipped phase has 0. Members may be added within a schema number, so readers skip what
/// they do not know.
nlohmann::ordered_json to_json(const ProbeReport& report);

/// What was seen on the way, beyond to_json: addresses, path, negotiation, tls, certificate, nla. Members of
/// phases that were not reached are absent.
nlohmann::ordered_json evidence_json(const ProbeReport& report);

/// `json` on one line without a line end; bytes that are not UTF-8 become U+FFFD.
std::string to_line(const nlohmann::ordered_json& json);

/// Seconds, to the microsecond.
double rounded_seconds(std::chrono::nanoseconds duration);

/// "0x904"
std::string hex_code(std::uint32_t code);

/// "2026-11-22T12:00:00.123Z"
std::string utc_milliseconds(std::chrono::system_clock::time_point time);

}  // namespace rdpwatch::daemon
