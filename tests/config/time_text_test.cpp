#include "config/time_text.h"

#include <doctest/doctest.h>

using namespace rdpwatch::config;
using namespace std::chrono_literals;
using std::chrono::sys_days;

TEST_CASE("instants: RFC 3339, always with a zone") {
  const Instant evening = sys_days{2026y / 12 / 5} + 22h;
  CHECK(parse_instant("2026-12-05T22:00:00Z") == evening);
  CHECK(parse_instant("2026-12-05T22:00Z") == evening);
  CHECK(parse_instant("2026-12-05 23:00:00+01:00") == evening);
  CHECK(parse_instant("2026-12-05t16:30:00-05:30") == evening);
  CHECK(parse_instant("2024-02-29T00:00:00Z") == Instant{sys_days{2024y / 2 / 29}});
  CHECK(parse_instant("2026-12-05T22:00:00").error() == "\"2026-12-05T22:00:00\" has no zone");
  CHECK(parse_instant("2200-12-31T23:59:59Z"));
  CHECK(parse_instant("9999-12-31T00:00:00Z").error() ==
        "\"9999-12-31T00:00:00Z\" lies outside the years 1970 to 2200");
  CHECK_FALSE(parse_instant("1969-12-31T23:59:59Z"));
  for (const char* text :
       {"", "2026", "2026-12-05", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-12-32T00:00:00Z",
        "2026-12-05T24:00:00Z", "2026-12-05T22:60:00Z", "2026-12-05T22:00:60Z", "2026-12-05T22:00:00+1:00",
        "2026-12-05T22:00:00+24:00", "2026-12-05T22:00:00Zx", "2026-12-05T22:00:00.5Z", "26-12-05T22:00:00Z",
        "2026-12-05X22:00:00Z", "+026-12-05T22:00:00Z", "2026-12-05T22:00:00 Z", "tomorrow"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_instant(text));
  }
}

TEST_CASE("instants: what is written reads back the same") {
  for (const Instant instant : {Instant{}, Instant{1s}, Instant{1'795'000'000s}, Instant{4'102'444'799s}})
    CHECK(parse_instant(format_instant(instant)) == instant);
  CHECK(format_instant(sys_days{2026y / 12 / 5} + 22h) == "2026-12-05T22:00:00Z");
}

TEST_CASE("times of day: with a zone") {
  CHECK(parse_time_of_day("22:00Z") == TimeOfDay{22h, 0s});
  CHECK(parse_time_of_day("06:30:15-09:30") == TimeOfDay{6h + 30min + 15s, -(9h + 30min)});
  CHECK(parse_time_of_day("22:00").error() == "\"22:00\" has no zone");
  for (const char* text : {"", "2:00Z", "22Z", "24:00Z", "22:00+", "22:00ZZ", "22:00+01", "-1:00Z"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_time_of_day(text));
  }
  for (const auto time : {0s, 1s, 61s, 86'399s})
    CHECK(parse_time_of_day(format_time_of_day(time)) == TimeOfDay{time, 0s});
}

TEST_CASE("last days: the day belongs to it") {
  CHECK(parse_last_day("2027-01-31") == Instant{sys_days{2027y / 2 / 1}});
  CHECK(parse_last_day("2027-01-31T12:00:00Z") == sys_days{2027y / 1 / 31} + 12h);
  CHECK(parse_last_day("2200-12-31"));
  CHECK(parse_last_day("9999-12-31").error() == "\"9999-12-31\" lies outside the years 1970 to 2200");
  CHECK_FALSE(parse_last_day("2027-02-30"));
  CHECK_FALSE(parse_last_day("2027-01-31x"));
}
