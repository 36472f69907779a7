#include "config/time_text.h"

#include <array>
#include <cstdio>
#include <optional>

namespace rdpwatch::config {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// Takes a text apart from its beginning; after the first thing that does not fit nothing fits any more.
class Pieces {
 public:
  explicit Pieces(std::string_view text) : rest_{text} {}

  int number(std::size_t digits, int highest) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      const char c = i < rest_.size() ? rest_[i] : '\0';
      if (c < '0' || '9' < c) return fail();
      value = 10 * value + (c - '0');
    }
    rest_.remove_prefix(digits);
    return value <= highest ? value : fail();
  }
  bool next_is(std::string_view any_of) const {
    return !rest_.empty() && any_of.find(rest_.front()) != std::string_view::npos;
  }
  char one_of(std::string_view any_of) {
    if (!next_is(any_of)) return static_cast<char>(fail());
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  bool at_end() const { return rest_.empty(); }
  bool whole() const { return good_ && rest_.empty(); }
  bool good() const { return good_; }

 private:
  int fail() {
    good_ = false;
    rest_ = {};
    return 0;
  }
  std::string_view rest_;
  bool good_ = true;
};

std::optional<std::chrono::sys_days> take_date(Pieces& in) {
  const std::chrono::year year{in.number(4, 9999)};
  in.one_of("-");
  const std::chrono::month month{static_cast<unsigned>(in.number(2, 12))};
  in.one_of("-");
  const std::chrono::year_month_day date{year, month,
                                         std::chrono::day{static_cast<unsigned>(in.number(2, 31))}};
  if (!in.good() || !date.ok()) return std::nullopt;
  return std::chrono::sys_days{date};
}

seconds take_clock(Pieces& in) {
  const hours hour{in.number(2, 23)};
  in.one_of(":");
  const minutes minute{in.number(2, 59)};
  if (!in.next_is(":")) return hour + minute;
  in.one_of(":");
  return hour + minute + seconds{in.number(2, 59)};
}

seconds take_offset(Pieces& in) {
  const char sign = in.one_of("Zz+-");
  if (sign == 'Z' || sign == 'z') return seconds{0};
  const hours hour{in.number(2, 23)};
  in.one_of(":");
  const seconds offset = hour + minutes{in.number(2, 59)};
  return sign == '-' ? -offset : offset;
}

std::unexpected<std::string> fault(std::string_view text, std::string_view what) {
  return std::unexpected{"\"" + std::string{text} + "\" " + std::string{what}};
}

std::string printed(const char* format, auto... numbers) {
  std::array<char, 40> text{};
  const int size = std::snprintf(text.data(), text.size(), format, numbers...);
  return {text.data(), static_cast<std::size_t>(size)};
}

/// The clocks of the daemon count nanoseconds in 64 bits and so end in 2262.
Parsed<Instant> within_the_clock(std::string_view text, Instant instant) {
  using namespace std::chrono_literals;
  constexpr std::chrono::sys_days kFirst{1970y / 1 / 1};
  constexpr std::chrono::sys_days kEnd{2201y / 1 / 1};
  if (instant < kFirst || kEnd < instant) return fault(text, "lies outside the years 1970 to 2200");
  return instant;
}

}  // namespace

Parsed<Instant> parse_instant(std::string_view text) {
  Pieces in{text};
  const auto date = take_date(in);
  if (!date) return fault(text, "is not a point in time");
  in.one_of("Tt ");
  const seconds clock = take_clock(in);
  if (in.good() && in.at_end()) return fault(text, "has no zone");
  const seconds offset = take_offset(in);
  if (!in.whole()) return fault(text, "is not a point in time");
  return within_the_clock(text, *date + clock - offset);
}

std::string format_instant(Instant instant) {
  const auto day = std::chrono::floor<days>(instant);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{instant - day};
  return printed("%04d-%02u-%02uT%02d:%02d:%02dZ", int{date.year()}, unsigned{date.month()},
                 unsigned{date.day()}, static_cast<int>(clock.hours().count()),
                 static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
}

Parsed<TimeOfDay> parse_time_of_day(std::string_view text) {
  Pieces in{text};
  TimeOfDay time;
  time.since_midnight = take_clock(in);
  if (in.good() && in.at_end()) return fault(text, "has no zone");
  time.offset = take_offset(in);
  if (!in.whole()) return fault(text, "is not a time of day");
  return time;
}

std::string format_time_of_day(seconds utc) {
  const std::chrono::hh_mm_ss clock{utc};
  const auto text = printed("%02d:%02d", static_cast<int>(clock.hours().count()),
                            static_cast<int>(clock.minutes().count()));
  if (clock.seconds() == seconds{0}) return text + "Z";
  return text + printed(":%02dZ", static_cast<int>(clock.seconds().count()));
}

Parsed<Instant> parse_last_day(std::string_view text) {
  Pieces in{text};
  const auto date = take_date(in);
  if (date && in.whole()) return within_the_clock(text, *date + days{1});
  return parse_instant(text);
}

}  // namespace rdpwatch::config
