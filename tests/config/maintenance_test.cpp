#include "config/maintenance.h"

#include <doctest/doctest.h>

#include "config/load.h"
#include "tests/support/scratch_folder.h"

using namespace rdpwatch;
using namespace rdpwatch::config;
using namespace std::chrono_literals;
using std::chrono::days;
using std::chrono::sys_days;

namespace {

/// The windows of a configuration with the targets a:3389 (site ams) and b:3389 (site fra).
std::vector<Maintenance> windows(const std::string& list) {
  const test::ScratchFolder folder;
  folder.write(
      "rdpwatch.yaml",
      "targets:\n  - {host: a, labels: {site: ams}}\n  - {host: b, labels: {site: fra}}\nmaintenance:\n" +
          list);
  const auto result = load(folder.path("rdpwatch.yaml"), {.now = sys_days{2026y / 11 / 1}});
  CHECK(to_text(result.diagnostics) == "");
  REQUIRE(result.config);
  folder.write("again.yaml", to_yaml(*result.config));
  const auto again = load(folder.path("again.yaml"), {.now = sys_days{2026y / 11 / 1}});
  CHECK(to_text(again.diagnostics) == "");
  REQUIRE(again.config);
  CHECK(again.config->maintenance == result.config->maintenance);
  return result.config->maintenance;
}

Target target(std::string id, std::vector<std::pair<std::string, std::string>> labels = {}) {
  Target made;
  made.id = std::move(id);
  made.labels = std::move(labels);
  return made;
}

}  // namespace

TEST_CASE("patterns: a star stands for any text") {
  for (const auto& [pattern, text] :
       std::initializer_list<std::pair<const char*, const char*>>{{"a", "a"},
                                                                  {"*", ""},
                                                                  {"*", "abc"},
                                                                  {"rds*", "rds01:3389"},
                                                                  {"*:3389", "rds01:3389"},
                                                                  {"r*0*:*9", "rds01:3389"},
                                                                  {"**", "x"},
                                                                  {"a*a", "aa"},
                                                                  {"[::1]*", "[::1]:3389"}}) {
    CAPTURE(pattern);
    CHECK(matches_pattern(pattern, text));
  }
  for (const auto& [pattern, text] :
       std::initializer_list<std::pair<const char*, const char*>>{{"a", "b"},
                                                                  {"", "a"},
                                                                  {"a*a", "a"},
                                                                  {"rds*", "xrds01"},
                                                                  {"*:3389", "rds01:3390"},
                                                                  {"a*b*c", "acb"}}) {
    CAPTURE(pattern);
    CHECK_FALSE(matches_pattern(pattern, text));
  }
}

TEST_CASE("selectors: one of the ids, and all of the labels") {
  const auto host = target("rds01:3389", {{"pool", "x"}, {"site", "ams"}});
  CHECK(Selector{{"rds01:3389"}, {}}.matches(host));
  CHECK(Selector{{"other", "rds*"}, {}}.matches(host));
  CHECK(Selector{{}, {{"site", "ams"}}}.matches(host));
  CHECK(Selector{{"rds*"}, {{"pool", "x"}, {"site", "ams"}}}.matches(host));
  CHECK_FALSE(Selector{{"other"}, {{"site", "ams"}}}.matches(host));
  CHECK_FALSE(Selector{{}, {{"site", "fra"}}}.matches(host));
  CHECK_FALSE(Selector{{}, {{"floor", "1"}, {"site", "ams"}}}.matches(host));
}

TEST_CASE("maintenance: once, in any zone") {
  const auto list = windows(
      "  - {labels: {site: ams}, start: 2026-12-05T22:00:00+01:00, end: 2026-12-06T02:00Z, reason: patch "
      "night}\n");
  REQUIRE(list.size() == 1);
  CHECK(list[0].selector == Selector{{}, {{"site", "ams"}}});
  CHECK(list[0].reason == "patch night");
  CHECK(list[0].weekly.empty());
  CHECK(list[0].start == sys_days{2026y / 12 / 5} + 21h);
  CHECK(list[0].duration == 5h);
}

TEST_CASE("maintenance: it comes again each day or on some days, counted in UTC") {
  const auto list = windows(
      "  - {targets: [\"*\"], start: 22:00Z, end: 02:00Z, reason: every night}\n"
      "  - {targets: [\"a:3389\"], days: [sun, mon], start: 00:30+01:00, end: 01:30+01:00, reason: over "
      "midnight}\n"
      "  - {targets: [\"a:3389\"], days: [wed], start: 05:00Z, end: 05:00Z, reason: a whole day}\n"
      "  - {targets: [\"a:3389\"], days: [sun], start: 23:00-05:00, end: 05:00Z, reason: into the next "
      "week}\n");
  REQUIRE(list.size() == 4);
  REQUIRE(list[0].weekly.size() == 7);
  CHECK(list[0].weekly[6] == days{6} + 22h);
  CHECK(list[0].duration == 4h);
  // The local Sunday and Monday begin on the day before.
  CHECK(list[1].weekly == std::vector<std::chrono::seconds>{days{5} + 23h + 30min, days{6} + 23h + 30min});
  CHECK(list[1].duration == 1h);
  CHECK(list[2].weekly == std::vector<std::chrono::seconds>{days{2} + 5h});
  CHECK(list[2].duration == 24h);
  CHECK(list[3].weekly == std::vector<std::chrono::seconds>{4h});
  CHECK(list[3].duration == 1h);
}

TEST_CASE("maintenance: windows of several files are joined") {
  const test::ScratchFolder folder;
  const std::string window = "maintenance: [{targets: [\"*\"], start: 22:00Z, end: 23:00Z, reason: x}]\n";
  folder.write("rdpwatch.yaml", "include: [more.yaml]\ntargets: [a]\n" + window);
  folder.write("more.yaml", window);
  const auto result = load(folder.path("rdpwatch.yaml"));
  REQUIRE(result.config);
  CHECK(result.config->maintenance.size() == 2);
}
