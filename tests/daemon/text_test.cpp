#include "daemon/text.h"

#include <string>

#include <doctest/doctest.h>

using namespace rdpwatch::daemon;

namespace {

constexpr TextStyle kNarrow{.width = 40, .colour = false, .utf8 = true};

}  // namespace

TEST_CASE("columns: characters, not bytes; wide ones count twice, colour not at all") {
  CHECK(columns("") == 0);
  CHECK(columns("abc") == 3);
  CHECK(columns("K\xC3\xB6ln") == 4);
  CHECK(columns("\xE6\x9D\xB1\xE4\xBA\xAC") == 4);
  CHECK(columns("\x1B[1;31mred\x1B[0m") == 3);
}

TEST_CASE("wrapped: breaks between words, indents what follows, leaves no blanks at line ends") {
  CHECK(wrapped("", "", 0, kNarrow) == "\n");
  CHECK(wrapped("- ", "one two three four five six seven eight nine", 2, kNarrow) ==
        "- one two three four five six seven\n  eight nine\n");
  CHECK(wrapped("label: ", "thirty-four-columns-wide-as-it-is-x", 2, kNarrow) ==
        "label:\n  thirty-four-columns-wide-as-it-is-x\n");
}

TEST_CASE("wrapped: a word longer than a line is cut, at a character") {
  CHECK(wrapped("", std::string(45, 'x'), 0, kNarrow) ==
        std::string(40, 'x') + "\n" + std::string(5, 'x') + "\n");
  std::string wide;
  for (int i = 0; i < 21; ++i) wide += "\xE6\x9D\xB1";
  CHECK(wrapped("", wide, 0, kNarrow).ends_with("\n\xE6\x9D\xB1\n"));
}

TEST_CASE("wrapped: a terminal of no width is taken as one of the least width") {
  CHECK(wrapped("", std::string(45, 'x'), 2, {.width = 0}).find('\n') == 40);
}

TEST_CASE("paint: nothing is added without colour") {
  CHECK(paint(Ink::Red, "x", {.colour = false}) == "x");
  CHECK(paint(Ink::Plain, "x", {.colour = true}) == "x");
  CHECK(paint(Ink::Red, "x", {.colour = true}) == "\x1B[1;31mx\x1B[0m");
}

TEST_CASE("for_output: one question mark for each character that ASCII lacks") {
  CHECK(for_output("K\xC3\xB6ln \xE6\x9D\xB1", {.utf8 = false}) == "K?ln ?");
  CHECK(for_output("K\xC3\xB6ln", {.utf8 = true}) == "K\xC3\xB6ln");
}
