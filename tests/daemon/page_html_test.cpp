#include <doctest/doctest.h>

#include "daemon/page/html.h"
#include "daemon/page/pieces.h"
#include "daemon/page/reason.h"

using namespace rdpwatch;
using namespace rdpwatch::daemon::page;
using namespace std::chrono_literals;

TEST_CASE("html: whatever fills a place is escaped, only other HTML is not") {
  const std::string hostile = "<b>\"&'\x01\x7F\n</b>";
  CHECK(escape(hostile) == "&lt;b&gt;&quot;&amp;&#39;\xEF\xBF\xBD\xEF\xBF\xBD\n&lt;/b&gt;");
  Html inner;
  inner.add("<i>{}</i>", std::string_view{"<"});
  Html outer;
  outer.add("<p title=\"{}\">{}{}{{}}</p>", hostile, inner, 7);
  CHECK(outer.text() == "<p title=\"" + escape(hostile) + "\"><i>&lt;</i>7{}</p>");
}

TEST_CASE("html: spans of time are told in at most two units") {
  CHECK(span_text(-5s) == "0 s");
  CHECK(span_text(59s) == "59 s");
  CHECK(span_text(60s) == "1 min");
  CHECK(span_text(3600s) == "1 h");
  CHECK(span_text(3600s + 125s) == "1 h 2 min");
  CHECK(span_text(24h) == "1 d");
  CHECK(span_text(26h) == "1 d 2 h");
  CHECK(span_text(24h * 12 + 5h) == "12 d");
}

TEST_CASE("html: a moment says itself to machines and how long ago to people") {
  const Clock::time_point moment{std::chrono::seconds{1'790'000'000}};
  CHECK(relative_time(moment, moment + 90s).text() ==
        "<time datetime=\"2026-09-21T14:13:20.000Z\" title=\"2026-09-21 14:13:20 UTC\">1 min ago</time>");
  CHECK(relative_time(moment, moment - 90s).text().ends_with(">in 1 min</time>"));
}

TEST_CASE("html: a document has landmarks, a language, a way past the navigation, and no script") {
  const std::string html = document({"<x>", Chapter::Fleet, "1.0", {}}, Html{}.add("<h1>{}</h1>", "<y>"));
  for (const char* part :
       {"<!DOCTYPE html>\n<html lang=\"en\">", "<title>rdpwatch: &lt;x&gt;</title>",
        "<a class=\"skip\" href=\"#main\">", "<header>", "<nav aria-label=", "<main id=\"main\"",
        "<h1>&lt;y&gt;</h1>", "<footer>", "aria-current=\"true\">Fleet</a>"}) {
    CAPTURE(part);
    CHECK(html.find(part) != std::string::npos);
  }
  for (const char* part : {"<script", "style=", "http://", "https://"})
    CHECK(html.find(part) == std::string::npos);
}

TEST_CASE("runbook: every reason of the taxonomy has a page and stands in the index; so have the topics") {
  const std::string index = runbook_html("1.0", {});
  for (const Row& row : taxonomy()) {
    CAPTURE(row.reason);
    const std::string html = section_html(daemon::runbook_section(row), {}, "1.0", {});
    CHECK(html.find(escape(row.observation)) != std::string::npos);
    CHECK(html.find("<pre><code>") != std::string::npos);
    CHECK(html.find("<dt>now</dt>") != std::string::npos);
    CHECK(index.find("href=\"/runbook/" + std::string{row.reason} + "\"") != std::string::npos);
  }
  CHECK(index.find("The first five minutes") != std::string::npos);
  for (const auto& topic : daemon::runbook_topics()) {
    const std::string html = section_html(topic, {}, "1.0", {});
    CHECK(html.find(escape(topic.parts.front().title)) != std::string::npos);
    CHECK(html.find("<dt>now</dt>") == std::string::npos);
  }
}

TEST_CASE("errors: a page that names the fault and leads on, with what was asked for as text") {
  const std::string html = error_html(400, "page is not a <number>\n", "1.0", {});
  CHECK(html.find("<p class=\"lead\">page is not a &lt;number&gt;</p>") != std::string::npos);
  CHECK(html.find("href=\"/runbook/\"") != std::string::npos);
  const std::string similar = no_such_reason_html("tcp_timout<b>", "1.0", {});
  CHECK(similar.find("“tcp_timout&lt;b&gt;”") != std::string::npos);
  CHECK(similar.find("href=\"/runbook/tcp_timeout\"") != std::string::npos);
}
