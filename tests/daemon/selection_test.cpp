#include "daemon/selection.h"

#include <doctest/doctest.h>

#include "tests/support/fake_records.h"

using namespace rdpwatch;
using daemon::Selection;
using daemon::TargetSet;

namespace {

/// Places of what is selected, looked up by `at_once` comparisons.
std::vector<std::size_t> selected(const config::Selector& selector, const daemon::Targets& targets,
                                  std::size_t at_once) {
  Selection selection;
  for (std::size_t parts = 0; !selection.whole(); ++parts) {
    REQUIRE(parts < 10'000);
    std::size_t left = at_once;
    selection.look_up(selector, targets, left);
  }
  std::vector<std::size_t> places;
  TargetSet all{targets.size(), true};
  all.take(selection.targets(), [&](std::size_t place) { places.push_back(place); });
  CHECK(places.size() == selection.targets().count());
  CHECK(all.count() == targets.size() - places.size());
  return places;
}

}  // namespace

TEST_CASE("selection: the same in one part as in many, by ids, patterns and labels") {
  const auto config = test::fake_config(200);  // 37 sites
  const auto& targets = config->targets;
  const auto id = [&](std::size_t place) { return targets[place]->id; };
  using Places = std::vector<std::size_t>;
  for (const std::size_t at_once : {1U, 7U, 300U, 1'000'000U}) {
    CAPTURE(at_once);
    CHECK(selected({{id(199), "nobody", id(0), id(64), id(0)}, {}}, targets, at_once) == Places{0, 64, 199});
    CHECK(selected({{id(3), id(4)}, {{"site", "site-03"}}}, targets, at_once) == Places{3});
    CHECK(selected({{}, {{"site", "site-03"}}}, targets, at_once) == Places{3, 40, 77, 114, 151, 188});
    CHECK(selected({{"rds00018*", id(7)}, {{"site", "site-03"}}}, targets, at_once) == Places{188});
    CHECK(selected({{id(3), "rds00018*", id(7)}, {{"site", "site-03"}}}, targets, at_once) == Places{3, 188});
    CHECK(selected({{"*9.*", id(190), "rds00019*5.*"}, {}}, targets, at_once).size() == 22);
    CHECK(selected({{"*"}, {}}, targets, at_once).size() == 200);
  }
  CHECK(selected({{"*"}, {}}, {}, 1).empty());
}

TEST_CASE("selection: ids beside a pattern are searched for, it alone is compared with each target") {
  const auto config = test::fake_config(10'000);
  config::Selector selector{{"rds00999*"}, {}};
  for (std::size_t i = 0; i < 999; ++i) selector.targets.push_back(config->targets[7 * i]->id);
  Selection selection;
  std::size_t left = 999 * 14 + 10'000;  // 2 to the power of 14 is more than there are targets
  selection.look_up(selector, config->targets, left);
  CHECK(selection.whole());
  CHECK(selection.targets().count() == 999 + 10);
}

TEST_CASE("selection: it stops when no comparison is left, and says what it took") {
  const auto config = test::fake_config(100);
  Selection selection;
  std::size_t left = 0;
  selection.look_up({{"*", "a*"}, {}}, config->targets, left);
  CHECK_FALSE(selection.whole());
  left = 150;
  selection.look_up({{"*", "a*"}, {}}, config->targets, left);
  CHECK(left == 0);
  CHECK_FALSE(selection.whole());
  CHECK(selection.targets().count() == 75);
  left = 150;
  selection.look_up({{"*", "a*"}, {}}, config->targets, left);
  CHECK(left == 100);
  CHECK(selection.whole());
}
