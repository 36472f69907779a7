#include <algorithm>
#include <array>

#include "config/tables.h"
#include "config/time_text.h"

namespace rdpwatch::config {
namespace {

using std::chrono::days;
using std::chrono::weeks;

constexpr std::array<std::string_view, 7> kDays{"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
constexpr std::string_view kStartExpected =
    "a point in time such as 2026-12-05T22:00:00+01:00, or a time of day such as 22:00+01:00";
constexpr seconds kLongest = days{366};

/// A window as it is written.
struct WindowDraft {
  Selector selector{};
  std::string reason{};
  std::string start{};
  std::string end{};
  std::vector<std::string> days{};
};

Parsed<std::string> parse_day(std::string_view text) {
  if (std::ranges::find(kDays, text) != kDays.end()) return std::string{text};
  return std::unexpected{"\"" + std::string{text} + "\" is not a day"};
}
Parsed<std::string> parse_reason(std::string_view text) {
  if (const auto fault = text_fault(text, 256); !fault.empty()) return std::unexpected{"the reason " + fault};
  return std::string{text};
}
/// Start and end are understood together, after all keys were read.
Parsed<std::string> parse_later(std::string_view text) { return std::string{text}; }

const Section<WindowDraft>& window_table() {
  static const Section<WindowDraft> table{
      texts<WindowDraft>(
          "targets", [](auto& draft) -> auto& { return draft.selector.targets; }, parse_id,
          "the id of a target, in which * stands for any text", "Ids of targets; * stands for any text."),
      {"labels",
       {{"type", "object"}, {"additionalProperties", {{"type", {"string", "number", "boolean"}}}}},
       [](Reader& reader, const Node& node, WindowDraft& draft) {
         read_labels(reader, node, draft.selector.labels);
       },
       [](const WindowDraft& draft) {
         auto json = Json::object();
         for (const auto& [name, value] : draft.selector.labels) json[name] = value;
         return json;
       },
       "Labels that a target must have, all of them."},
      text<WindowDraft>(
          "start", &WindowDraft::start, parse_later, kStartExpected,
          "When it starts, with its zone: a point in time, or a time of day for one that comes again."),
      text<WindowDraft>("end", &WindowDraft::end, parse_later, kStartExpected,
                        "When it ends, written as start is; a time of day before start is on the day after."),
      texts<WindowDraft>("days", &WindowDraft::days, parse_day, "one of mon, tue, wed, thu, fri, sat, sun",
                         "Days on which one that comes again starts; none: every day."),
      text<WindowDraft>("reason", &WindowDraft::reason, parse_reason, "a text of 1 to 256 bytes",
                        "Why; shown on the pages and in the log."),
  };
  return table;
}

/// Reports at a key of the window, or at the window when it lacks the key.
void complain(Reader& reader, const Node& window, std::string_view key, std::string_view text,
              std::string expected) {
  const auto* value = window.find(key);
  const Reader::Step step{reader, key};
  reader.error((value != nullptr ? *value : window).place, text, {std::move(expected), {}});
}

std::vector<seconds> weekly_starts(const WindowDraft& draft, const TimeOfDay& start) {
  std::vector<seconds> starts;
  for (std::size_t day = 0; day < kDays.size(); ++day) {
    if (!draft.days.empty() && std::ranges::find(draft.days, kDays[day]) == draft.days.end()) continue;
    const seconds there = days{day} + start.since_midnight;
    starts.push_back((there - start.offset + weeks{1}) % weeks{1});
  }
  std::ranges::sort(starts);
  return starts;
}

void set_weekly(Reader& reader, const Node& node, const WindowDraft& draft, Maintenance& window) {
  constexpr std::string_view kExpected = "a time of day with its zone, such as 22:00Z or 22:00+01:00";
  const auto start = parse_time_of_day(draft.start);
  const auto end = parse_time_of_day(draft.end);
  if (!start) complain(reader, node, "start", start.error(), std::string{kExpected});
  if (!end) complain(reader, node, "end", end.error(), std::string{kExpected});
  if (!start || !end) return;
  window.weekly = weekly_starts(draft, *start);
  const seconds length =
      ((end->since_midnight - end->offset) - (start->since_midnight - start->offset) + days{3}) % days{1};
  window.duration = length == seconds{0} ? seconds{days{1}} : length;
}

void set_once(Reader& reader, const Node& node, const WindowDraft& draft, Maintenance& window) {
  const auto start = parse_instant(draft.start);
  const auto end = parse_instant(draft.end);
  if (!draft.days.empty())
    complain(reader, node, "days", "days for a window that comes once",
             "start and end as times of day, such as 22:00Z, or no days");
  if (!start) complain(reader, node, "start", start.error(), std::string{kStartExpected});
  if (!end) complain(reader, node, "end", end.error(), std::string{kStartExpected});
  if (!start || !end) return;
  if (*end <= *start)
    return complain(reader, node, "end",
                    "end (" + format_instant(*end) + ") is not after start (" + format_instant(*start) + ")",
                    "an end after the start");
  if (kLongest < *end - *start)
    return complain(reader, node, "end", "the window lasts longer than a year",
                    "at most a year; take a target that is gone for longer off the list");
  if (*end <= reader.now())
    reader.warning(node.place, "maintenance that has ended: it does nothing any more");
  window.start = *start;
  window.duration = *end - *start;
}

void require(Reader& reader, const Node& node, const WindowDraft& draft) {
  const auto missing = [&](std::string_view key, std::string_view expected) {
    reader.error(node.place, "key \"" + std::string{key} + "\" is missing", {std::string{expected}, {}});
  };
  if (node.find("start") == nullptr) missing("start", kStartExpected);
  if (node.find("end") == nullptr) missing("end", kStartExpected);
  if (node.find("reason") == nullptr) missing("reason", "a text that says why");
  if (draft.selector.empty())
    reader.error(node.place, "no target is selected",
                 {"targets, labels or both; targets: [\"*\"] for all", {}});
}

Maintenance read_window(Reader& reader, const Node& node) {
  WindowDraft draft;
  const auto problems = reader.problem_count();
  window_table().apply(reader, node, draft);
  if (!node.is_map() || problems != reader.problem_count()) return {};
  require(reader, node, draft);
  if (problems != reader.problem_count()) return {};
  Maintenance window{std::move(draft.selector), std::move(draft.reason), {}, {}, {}};
  const bool comes_again = draft.start.find(':') == 2;
  if (comes_again) set_weekly(reader, node, draft, window);
  else set_once(reader, node, draft, window);
  return window;
}

WindowDraft as_written(const Maintenance& window) {
  WindowDraft draft{window.selector,
                    window.reason,
                    format_instant(window.start),
                    format_instant(window.start + window.duration),
                    {}};
  if (window.weekly.empty()) return draft;
  const seconds start = window.weekly.front() % days{1};
  draft.start = format_time_of_day(start);
  draft.end = format_time_of_day((start + window.duration) % days{1});
  if (window.weekly.size() < kDays.size())
    for (const seconds each : window.weekly)
      draft.days.emplace_back(kDays[static_cast<std::size_t>(each / days{1})]);
  return draft;
}

}  // namespace

void read_maintenance(Reader& reader, const Node& list, std::vector<MaintenanceAt>& windows) {
  if (!list.is_list()) return reader.wrong_type(list, "a list of windows");
  for (std::size_t i = 0; i < list.children.size(); ++i) {
    const Reader::Step step{reader, i};
    windows.push_back({read_window(reader, *list.children[i]), list.children[i]->place});
  }
}

Json maintenance_json(const std::vector<Maintenance>& windows) {
  auto json = Json::array();
  for (const auto& window : windows) {
    json.push_back(without_empty(window_table().values(as_written(window))));
  }
  return json;
}

Json maintenance_schema() {
  auto schema = window_table().schema();
  schema["required"] = {"start", "end", "reason"};
  schema["properties"]["days"]["items"] = {{"enum", kDays}};
  return schema;
}

}  // namespace rdpwatch::config
