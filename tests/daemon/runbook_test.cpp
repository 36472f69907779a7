#include "daemon/runbook.h"

#include <algorithm>
#include <regex>
#include <set>

#include <doctest/doctest.h>

using namespace rdpwatch;
using namespace rdpwatch::daemon;

namespace {

const RunbookPart& part(const RunbookSection& section, std::string_view title) {
  const auto found = std::ranges::find(section.parts, title, &RunbookPart::title);
  REQUIRE(found != section.parts.end());
  return *found;
}

bool is_typed(const RunbookPart& part) {
  return part.layout == Layout::Shell || part.layout == Layout::PowerShell;
}

std::vector<RunbookSection> all_sections() {
  std::vector<RunbookSection> sections{runbook_topics().begin(), runbook_topics().end()};
  for (const Row& row : taxonomy()) sections.push_back(runbook_section(row));
  return sections;
}

}  // namespace

TEST_CASE("runbook: every section says what to type and how to confirm it") {
  for (const auto& section : all_sections()) {
    CAPTURE(section.id);
    CHECK(!section.lead.empty());
    if (section.id == "start") continue;
    CHECK(std::ranges::any_of(section.parts, is_typed));
    CHECK(!part(section, "How to confirm").items.empty());
  }
}

TEST_CASE("runbook: lines to type are commands, each comment stands before one") {
  for (const auto& section : all_sections())
    for (const auto& block : section.parts) {
      if (!is_typed(block)) continue;
      CAPTURE(section.id);
      bool comment = true;  // of the line before
      for (const auto& line : block.items) {
        CAPTURE(line);
        CHECK(!line.empty());
        CHECK(line.back() != ' ');
        CHECK(line.size() <= 150);
        comment = line.starts_with("# ");
      }
      CHECK(!comment);
    }
}

TEST_CASE("runbook: commands of one place stand together, in the order of the row") {
  const auto section = runbook_section(*find_reason("cert_expired"));
  const auto& host = part(section, "Commands on the RDP host (PowerShell as administrator)");
  CHECK(host.layout == Layout::PowerShell);
  const auto place = [&](std::string_view word) {
    return std::ranges::find_if(host.items, [&](const auto& line) { return line.contains(word); }) -
           host.items.begin();
  };
  CHECK(place("Format-List Subject") < place("icacls"));
  CHECK(place("icacls") < place("# REPAIR"));
  CHECK(part(section, "Commands at the prober").layout == Layout::Shell);
}

TEST_CASE("runbook: the alerts that end are those of the kind and severity, unless the row names others") {
  const auto ends = [](std::string_view reason) {
    return part(runbook_section(*find_reason(reason)), "How to confirm").items.back();
  };
  CHECK(ends("tcp_timeout") ==
        "after the daemon's next probe rdp_probe_failure_info{reason=\"tcp_timeout\"} is gone, and some "
        "minutes later "
        "RdpHostDown ends");
  CHECK(ends("cert_expired").ends_with("RdpCertificateExpired ends"));
  CHECK(ends("cert_changed").ends_with("RdpHostFindingWarning ends"));
  CHECK(ends("clock_skew").ends_with("RdpClockOff, RdpClockDrifting end"));
  CHECK(ends("cert_self_signed").ends_with("no alert is made of it"));
  CHECK(ends("license_none") == "no probe, series or alert of this release tells");
}

TEST_CASE("runbook: reasons in a text are found as whole words") {
  const auto pieces = pieces_of("see x224_closed, not my_x224_closed or tcp; tls_eof");
  REQUIRE(pieces.size() == 4);
  CHECK(pieces[0].text == "see ");
  CHECK(pieces[1].text == "x224_closed");
  CHECK(pieces[1].is_reason);
  CHECK(pieces[2].text == ", not my_x224_closed or tcp; ");
  CHECK(!pieces[2].is_reason);
  CHECK(pieces[3].text == "tls_eof");
  CHECK(pieces_of("").empty());
}

TEST_CASE("runbook: a section is found by reason, family and topic") {
  CHECK(find_runbook_section("tcp_timeout")->id == "tcp_timeout");
  CHECK(find_runbook_section("broker_error_1024")->id == "broker_error");
  CHECK(find_runbook_section("daemon")->id == "daemon");
  CHECK(!find_runbook_section("nothing"));
  CHECK(!find_runbook_section(""));
}

TEST_CASE("runbook: every link of the document has its heading, once") {
  const auto document = runbook_markdown();
  std::multiset<std::string> headings;
  const std::regex heading{"(^|\n)## ([a-z0-9_-]+)\n"};
  for (std::sregex_iterator at{document.begin(), document.end(), heading}, end; at != end; ++at)
    headings.insert((*at)[2]);
  for (const auto& section : all_sections()) CHECK(headings.count(section.id) == 1);
  const std::regex link{"\\]\\(#([^)]*)\\)"};
  std::size_t links = 0;
  for (std::sregex_iterator at{document.begin(), document.end(), link}, end; at != end; ++at, ++links) {
    const std::string id = (*at)[1];
    CAPTURE(id);
    CHECK(headings.count(id) == 1);
  }
  CHECK(links > 300);
}

TEST_CASE("runbook: what this release cannot see is marked in the index and in its section") {
  const auto document = runbook_markdown();
  CHECK(document.contains("[license_none](#license_none) (not yet)"));
  CHECK(!document.contains("[tcp_timeout](#tcp_timeout) (not yet)"));
  CHECK(
      runbook_section(*find_reason("license_none")).lead.back().starts_with("this release cannot see this"));
}
