#include "config/alert_rules.h"

#include <filesystem>
#include <map>
#include <string>

#include <doctest/doctest.h>
#include <yaml-cpp/yaml.h>

#include "config/values.h"

using namespace rdpwatch;

namespace {

/// The rules of Prometheus by name.
std::map<std::string, YAML::Node> shipped_rules() {
  std::map<std::string, YAML::Node> rules;
  const std::string folder = std::string{RDPWATCH_SOURCE_DIR} + "/deploy/prometheus/rules";
  for (const auto& file : std::filesystem::directory_iterator{folder}) {
    const auto tree = YAML::LoadFile(file.path());
    for (const YAML::Node& group : tree["groups"])
      for (const YAML::Node& rule : group["rules"])
        if (rule["alert"]) rules.emplace(rule["alert"].as<std::string>(), rule);
  }
  return rules;
}

std::chrono::milliseconds duration(const YAML::Node& node) {
  return node ? config::parse_duration(node.as<std::string>()).value() : std::chrono::milliseconds{0};
}

}  // namespace

TEST_CASE("alert rules: names, severities, times and summaries are those of the rules for Prometheus") {
  const auto shipped = shipped_rules();
  CHECK(30 < shipped.size());
  for (const auto& rule : config::kAlertRules) {
    CAPTURE(rule.name);
    const auto found = shipped.find(std::string{rule.name});
    REQUIRE(found != shipped.end());
    const auto& theirs = found->second;
    CHECK(theirs["labels"]["severity"].as<std::string>() == to_string(rule.severity));
    CHECK(duration(theirs["for"]) == rule.hold);
    CHECK(duration(theirs["keep_firing_for"]) == rule.keep_firing);
    CHECK(theirs["annotations"]["summary"].as<std::string>() == rule.summary);
    CHECK(rule.summary.find_first_of("0123456789") == std::string_view::npos);  // the policy has the limits
  }
}
