#include "daemon/page/pieces.h"

#include <ctime>

#include "config/time_text.h"
#include "daemon/http/url.h"
#include "daemon/page/assets.h"
#include "daemon/report_json.h"

namespace rdpwatch::daemon::page {
namespace {

std::string utc_text(std::chrono::sys_seconds time) {
  const std::time_t seconds = time.time_since_epoch().count();
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02} UTC", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

Html navigation(Chapter chapter) {
  Html html;
  const auto entry = [&](std::string_view address, std::string_view text, bool here) {
    if (here) html.add("<li><a href=\"{}\" aria-current=\"true\">{}</a></li>\n", address, text);
    else html.add("<li><a href=\"{}\">{}</a></li>\n", address, text);
  };
  entry("/", "Fleet", chapter == Chapter::Fleet);
  entry("/runbook/", "Runbook", chapter == Chapter::Runbook);
  entry("/metrics", "Metrics", false);
  entry("/api/v1/targets", "JSON", false);
  entry("/config", "Configuration", false);
  return html;
}

}  // namespace

std::string document(const Frame& frame, const Html& main) {
  Html html;
  html.add(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>rdpwatch: {}</title>\n"
      "<link rel=\"stylesheet\" href=\"{}\">\n<link rel=\"icon\" href=\"{}\" type=\"image/svg+xml\">\n"
      "</head>\n<body>\n",
      frame.title, style_asset().address, icon_asset().address);
  html.add(
      "<a class=\"skip\" href=\"#main\">Skip to the content</a>\n<header>\n"
      "<a class=\"brand\" href=\"/\">rdpwatch</a>\n<nav aria-label=\"Pages\"><ul>\n{}</ul></nav>\n"
      "</header>\n<main id=\"main\" tabindex=\"-1\">\n{}</main>\n",
      navigation(frame.chapter), main);
  html.add("<footer><p>rdpwatch {}, this page is of {}</p></footer>\n</body>\n</html>\n", frame.version,
           absolute_time(frame.now));
  return html.take();
}

std::string span_text(std::chrono::seconds span) {
  const auto count = std::max<std::int64_t>(span.count(), 0);
  constexpr std::int64_t kMinute = 60, kHour = 3600, kDay = 86400;
  if (count < kMinute) return fmt::format("{} s", count);
  if (count < kHour) return fmt::format("{} min", count / kMinute);
  const auto two = [](std::int64_t large, std::string_view unit, std::int64_t small, std::string_view of) {
    return small == 0 ? fmt::format("{} {}", large, unit)
                      : fmt::format("{} {} {} {}", large, unit, small, of);
  };
  if (count < kDay) return two(count / kHour, "h", count % kHour / kMinute, "min");
  constexpr std::int64_t kManyDays = 10;
  return two(count / kDay, "d", count < kManyDays * kDay ? count % kDay / kHour : 0, "h");
}

Html relative_time(Clock::time_point time, Clock::time_point now) {
  const bool past = time <= now;
  const auto span = std::chrono::duration_cast<std::chrono::seconds>(past ? now - time : time - now);
  Html html;
  html.add("<time datetime=\"{}\" title=\"{}\">{}</time>", utc_milliseconds(time),
           utc_text(std::chrono::floor<std::chrono::seconds>(time)),
           past ? span_text(span) + " ago" : "in " + span_text(span));
  return html;
}

Html absolute_time(Clock::time_point time) {
  Html html;
  html.add("<time datetime=\"{}\">{}</time>", utc_milliseconds(time),
           utc_text(std::chrono::floor<std::chrono::seconds>(time)));
  return html;
}

Html absolute_time(std::chrono::sys_seconds time) {
  Html html;
  html.add("<time datetime=\"{}\">{}</time>", config::format_instant(time), utc_text(time));
  return html;
}

Html badge(std::string_view kind, std::string_view sign, std::string_view word) {
  Html html;
  html.add("<span class=\"badge {}\"><span aria-hidden=\"true\">{}</span> {}</span>", kind, sign, word);
  return html;
}

Html state_badge(std::string_view state) {
  if (state == "failed") return badge("failed", "✘", state);
  if (state == "degraded") return badge("degraded", "▲", state);
  if (state == "ok") return badge("ok", "✔", state);
  if (state == "paused") return badge("paused", "❚❚", state);
  return badge("pending", "?", state);
}

Html outcome_badge(Outcome outcome) {
  switch (outcome) {
    case Outcome::Ok: return badge("ok", "✔", to_string(outcome));
    case Outcome::Failed: return badge("failed", "✘", to_string(outcome));
    case Outcome::Skipped: return badge("pending", "·", to_string(outcome));
  }
  return {};
}

Html severity_badge(Severity severity) {
  switch (severity) {
    case Severity::Info: return badge("info", "i", to_string(severity));
    case Severity::Warning: return badge("degraded", "▲", to_string(severity));
    case Severity::Critical: return badge("critical", "◆", to_string(severity));
  }
  return {};
}

Html target_link(std::string_view id) {
  Html html;
  html.add("<a href=\"/targets/{}\">{}</a>", http::percent_encode(id), id);
  return html;
}

Html reason_link(std::string_view reason) {
  Html html;
  html.add("<a href=\"/runbook/{}\">{}</a>", http::percent_encode(reason), reason);
  return html;
}

Html table(std::string_view id, const Html& caption, const Html& headings, const Html& rows) {
  Html html;
  html.add("<section class=\"scroll\" aria-labelledby=\"{}\" tabindex=\"0\">\n<table class=\"{}\">\n", id,
           id);
  html.add("<caption id=\"{}\">{}</caption>\n<thead><tr>{}</tr></thead>\n", id, caption, headings);
  return html.add("<tbody>\n{}</tbody>\n</table>\n</section>\n", rows);
}

Html headings(std::initializer_list<std::string_view> titles) {
  Html html;
  for (const std::string_view title : titles) html.add("<th scope=\"col\">{}</th>", title);
  return html;
}

Html ordered_list(std::string_view items) {
  Html html;
  html.add("<ol>\n");
  for (const std::string_view item : split_items(items)) html.add("<li>{}</li>\n", item);
  html.add("</ol>\n");
  return html;
}

Html detail(std::string_view name, const Html& value) {
  Html html;
  if (!value.empty()) html.add("<dt>{}</dt><dd>{}</dd>\n", name, value);
  return html;
}

Html detail(std::string_view name, std::string_view value) {
  Html html;
  html.add("{}", value);
  return detail(name, html);
}

Html not_measured(std::string_view title, std::string_view what) {
  Html html;
  html.add("<section class=\"area\">\n<h2>{}</h2>\n<p>{}<br>{}</p>\n</section>\n", title,
           badge("pending", "–", "not measured"), what);
  return html;
}

}  // namespace rdpwatch::daemon::page
