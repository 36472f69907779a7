#include <cstdlib>
#include <fstream>
#include <string>

#include <doctest/doctest.h>

#include "daemon/explain.h"
#include "daemon/ladder.h"
#include "tests/daemon/sample_reports.h"
#include "tests/support/hex.h"

using namespace rdpwatch;
using namespace rdpwatch::daemon;

namespace {

constexpr TextStyle kPlain80{.width = 80, .colour = false, .utf8 = false};
constexpr TextStyle kPlain40{.width = 40, .colour = false, .utf8 = false};
constexpr TextStyle kUtf8{.width = 80, .colour = false, .utf8 = true};
constexpr TextStyle kColour{.width = 80, .colour = true, .utf8 = true};

/// Compares with tests/daemon/golden/`name`; with RDPWATCH_WRITE_GOLDEN set, writes it instead.
void check_golden(const std::string& name, const std::string& actual) {
  CAPTURE(name);
  const auto path = "tests/daemon/golden/" + name;
  if (std::getenv("RDPWATCH_WRITE_GOLDEN") != nullptr)
    std::ofstream{std::string{RDPWATCH_SOURCE_DIR} + "/" + path} << actual;
  CHECK(actual == test::text_file(path));
}

void check_width(const std::string& text, std::size_t width) {
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    REQUIRE(end != std::string::npos);
    const auto line = text.substr(at, end - at);
    CAPTURE(line);
    CHECK(columns(line) <= width);
    at = end + 1;
  }
}

std::string without_colour(std::string text) {
  for (auto at = text.find("\x1B["); at != std::string::npos; at = text.find("\x1B["))
    text.erase(at, text.find('m', at) - at + 1);
  return text;
}

}  // namespace

TEST_CASE("ladder: golden texts at 80 and 40 columns") {
  check_golden("ladder-failed-80.txt", ladder(test::failed_report(), kPlain80));
  check_golden("ladder-failed-40.txt", ladder(test::failed_report(), kPlain40));
  check_golden("ladder-failed-utf8.txt", ladder(test::failed_report(), kUtf8));
  check_golden("ladder-degraded-80.txt", ladder(test::degraded_report(), kPlain80));
  check_golden("ladder-healthy-80.txt", ladder(test::healthy_report(), kPlain80));
  check_golden("ladder-unresolved-80.txt", ladder(test::unresolved_report(), kPlain80));
}

TEST_CASE("ladder: no line is wider than the terminal") {
  for (const std::size_t width : {40u, 41u, 53u, 61u, 80u, 200u})
    for (const auto& report : {test::failed_report(), test::degraded_report(), test::unresolved_report()})
      check_width(ladder(report, {.width = width, .colour = true, .utf8 = true}), width);
}

TEST_CASE("ladder: colour is only added, and only when asked for") {
  const auto coloured = ladder(test::failed_report(), kColour);
  CHECK(coloured.find('\x1B') != std::string::npos);
  CHECK(without_colour(coloured) == ladder(test::failed_report(), kUtf8));
  CHECK(ladder(test::failed_report(), kPlain80).find('\x1B') == std::string::npos);
}

TEST_CASE("ladder: without UTF-8 every byte is ASCII") {
  auto report = test::degraded_report();
  report.nla->computer = "K\xC3\x96LN";
  const auto text = ladder(report, kPlain80);
  for (const char c : text) CHECK((static_cast<unsigned char>(c) & 0x80) == 0);
  CHECK(text.find("K?LN") != std::string::npos);
}

TEST_CASE("explain: golden texts") {
  check_golden("explain-0x904-0x7.txt", explain_codes({.code = 0x904, .extended = 0x7}, kPlain80));
  check_golden("explain-credssp_closed.txt",
               explain_section(runbook_section(*find_reason("credssp_closed")), kPlain80));
  check_golden("explain-cert_revoked.txt",
               explain_section(runbook_section(*find_reason("cert_revoked")), kPlain80));
  check_golden("explain-all.txt", explain_all(kPlain80));
}

TEST_CASE("runbook: the document is the one that the table gives") {
  check_golden("../../../deploy/runbook.md", runbook_markdown());
}

TEST_CASE("explain: every reason and every code fits the terminal") {
  for (const Row& row : taxonomy()) {
    auto section = runbook_section(row);
    // Lines to type are there to be copied, so they are never broken.
    std::erase_if(section.parts, [](const RunbookPart& part) {
      return part.layout == Layout::Shell || part.layout == Layout::PowerShell;
    });
    check_width(explain_section(section, kPlain80), 80);
    check_width(explain_codes({row.client.code, row.client.extended}, kPlain40), 40);
  }
}
