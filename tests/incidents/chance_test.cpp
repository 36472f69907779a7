#include "daemon/incidents/chance.h"

#include <random>

#include <doctest/doctest.h>

#include "tests/incidents/fleet.h"

using namespace rdpwatch;
using rdpwatch::daemon::incidents::chance_of;
using rdpwatch::test::Fleet;

TEST_CASE("chance: the tail of the binomial distribution is exact") {
  // 3 or 4 of 4 at one in ten: 4 * 0.1^3 * 0.9 + 0.1^4.
  CHECK(chance_of(3, 4, 0.1) == doctest::Approx(0.0037));
  CHECK(chance_of(4, 4, 0.1) == doctest::Approx(0.0001));
  CHECK(chance_of(5, 10, 0.1) == doctest::Approx(0.0016349374));
  CHECK(chance_of(60, 100, 0.5) == doctest::Approx(0.0284439668));
  CHECK(chance_of(50'500, 100'000, 0.5) == doctest::Approx(0.00079).epsilon(0.01));
}

TEST_CASE("chance: at its ends") {
  CHECK(chance_of(1, 10, 0) == 0);
  CHECK(chance_of(10, 10, 1) == 1);
  CHECK(chance_of(5, 10, 0.5) == 1);  // what is to be expected
  CHECK(chance_of(100'000, 100'000, 0.01) == 0);
}

TEST_CASE("chance: hosts that fail at random open no incident of a small site") {
  // Desktops that are off at night. In 240 nights there may be 2.4 incidents by chance.
  std::mt19937 random{20'261'125};
  std::string found;
  for (const std::size_t size : {3u, 4u, 5u, 8u}) {
    for (const double rate : {0.05, 0.1, 0.15}) {
      Fleet fleet;
      for (std::size_t i = 0; i < 100; ++i)
        fleet.site("s" + std::to_string(i), size, "10.1." + std::to_string(i) + ".");
      for (int night = 0; night < 20; ++night) {
        for (std::size_t i = 0; i < fleet.records.size(); ++i) {
          if (std::bernoulli_distribution{rate}(random)) fleet.time_out({i, 1});
          else fleet.pass({i, 1});
        }
        found += fleet.incidents();
      }
    }
  }
  CAPTURE(found);
  CHECK(std::ranges::count(found, '\n') <= 3);
}
