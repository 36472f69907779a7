#pragma once

#include <initializer_list>
#include <span>
#include <string>

#include <doctest/doctest.h>

#include "tests/incidents/fleet.h"

namespace rdpwatch::test {

struct Situation {
  const char* what;
  /// Hosts pass when they are added; returns what is expected, as Fleet::incidents().
  std::string (*happen)(Fleet& fleet);
};

/// Three sites of ten hosts, each in a subnet of its own.
struct ThreeSites {
  explicit ThreeSites(Fleet& fleet)
      : ams{fleet.site("ams", 10, "10.1.1.")},
        fra{fleet.site("fra", 10, "10.2.1.")},
        lon{fleet.site("lon", 10, "10.3.1.")} {}
  Fleet::Hosts ams, fra, lon;
};

/// Lines about a blocked network.
inline std::string cut(std::initializer_list<const char*> whom) {
  std::string text;
  for (const char* one : whom) text += std::string{"network_blockade/network: "} + one + "\n";
  return text;
}

/// The line of an incident by what is observed.
inline std::string group_line(Phase phase, Cause cause, const char* whom) {
  const auto group = daemon::incidents::group_of(classify(phase, cause));
  return std::string{to_string(group.scenario)} + "/" + std::string{group.family} + ": " + whom + "\n";
}

inline void judge(std::span<const Situation> situations) {
  for (const Situation& situation : situations) {
    const std::string what = situation.what;
    CAPTURE(what);
    Fleet fleet;
    const std::string expected = situation.happen(fleet);
    CHECK(fleet.incidents() == expected);
  }
}

}  // namespace rdpwatch::test
