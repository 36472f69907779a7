#include "config/parse.h"

#include <string>

#include <doctest/doctest.h>

using namespace rdpwatch::config;

namespace {

struct Parsing {
  Reader reader{};
  Source& source;
  explicit Parsing(std::string text) : source{reader.add_source("text", {})} {
    source.text = std::move(text);
    parse(reader, source);
  }
};

}  // namespace

TEST_CASE("parse: a text without a value, or not read to its end, has no tree") {
  for (const char* text : {"", "# nothing", "{", "a: [1, 2", "a: 'b", "a: &x [*x]", "a: *nobody",
                           "a: 1\n---\nb: 2\n", "a:\n\tb: 1\n", "a: \xff\n", "a: \x01\n"}) {
    CAPTURE(text);
    const Parsing parsing{text};
    CHECK(parsing.source.root == nullptr);
  }
}

TEST_CASE("parse: keys set twice, merge keys and tags are errors, and leave a tree to find more in") {
  for (const char* text : {"a: 1\na: 2\n", "b: &x {c: 1}\na: {<<: *x}\n", "a: !!int 1\n", "[a]: 1\n"}) {
    CAPTURE(text);
    const Parsing parsing{text};
    CHECK(parsing.reader.error_count() == 1);
    REQUIRE(parsing.source.root != nullptr);
    CHECK(parsing.source.root->is_map());
  }
}
