#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "config/values.h"

/// Points in time as the configuration writes them. Each says its zone: no daylight saving, no surprise.
namespace rdpwatch::config {

using Instant = std::chrono::sys_seconds;

/// RFC 3339, "2026-12-05T22:00:00+01:00"; seconds may be left out, a blank may stand for the T. Only of
/// the years 1970 to 2200, so that it can be compared with the clock.
Parsed<Instant> parse_instant(std::string_view text);
std::string format_instant(Instant instant);  ///< "2026-12-05T21:00:00Z"

/// "22:00Z", "22:00:30+01:00".
struct TimeOfDay {
  std::chrono::seconds since_midnight{};  ///< there
  std::chrono::seconds offset{};          ///< of there from UTC
  bool operator==(const TimeOfDay&) const = default;
};
Parsed<TimeOfDay> parse_time_of_day(std::string_view text);
std::string format_time_of_day(std::chrono::seconds utc);  ///< "21:00Z"

/// "2027-01-31" -> the end of that day in UTC; or an instant as above.
Parsed<Instant> parse_last_day(std::string_view text);

}  // namespace rdpwatch::config
