#pragma once

#include <chrono>
#include <initializer_list>
#include <string>
#include <string_view>

#include "daemon/page/html.h"
#include "daemon/store.h"

/// What several pages are made of.
namespace rdpwatch::daemon::page {

using Clock = std::chrono::system_clock;

/// Which entry of the navigation leads to the page itself.
enum class Chapter : std::uint8_t { Fleet, Runbook, Elsewhere };

struct Frame {
  std::string title{};  ///< after "rdpwatch: "
  Chapter chapter = Chapter::Elsewhere;
  std::string_view version{};
  Clock::time_point now{};
};

/// A whole document: landmarks, navigation, `main` as the main part.
std::string document(const Frame& frame, const Html& main);

/// "3 min ago", "in 2 h" as a <time> that carries the moment itself.
Html relative_time(Clock::time_point time, Clock::time_point now);
/// "2026-11-25 12:00:00 UTC" as a <time>.
Html absolute_time(Clock::time_point time);
Html absolute_time(std::chrono::sys_seconds time);  ///< also of certificates, until the year 9999
/// "5 s", "12 min", "3 h 20 min", "9 d 4 h"
std::string span_text(std::chrono::seconds span);

/// A word with a sign and a colour; all three say the same. `kind`: a class of the style sheet.
Html badge(std::string_view kind, std::string_view sign, std::string_view word);
Html state_badge(std::string_view state);
Html outcome_badge(Outcome outcome);
Html severity_badge(Severity severity);

Html target_link(std::string_view id);
Html reason_link(std::string_view reason);

/// A table that scrolls by itself when it is wide. `id` is that of its caption, and its class.
Html table(std::string_view id, const Html& caption, const Html& headings, const Html& rows);
/// Cells of a table's head.
Html headings(std::initializer_list<std::string_view> titles);

/// "first; second" as an ordered list.
Html ordered_list(std::string_view items);
/// A pair of <dl>, nothing when `value` is empty.
Html detail(std::string_view name, std::string_view value);
Html detail(std::string_view name, const Html& value);

/// The area of something that a later release will measure: never to be taken for "fine".
Html not_measured(std::string_view title, std::string_view what);

}  // namespace rdpwatch::daemon::page
