#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <regex>
#include <set>
#include <string>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "config/load.h"
#include "config/parse.h"
#include "tests/support/hex.h"

using namespace rdpwatch;
using nlohmann::json;

namespace {

constexpr const char* kExample = "config/rdpwatch.example.yaml";
constexpr const char* kSchema = "config/rdpwatch.schema.json";

/// The tree as JSON by the rules of YAML's core schema, as an editor would see it.
json to_json(const config::Node& node) {
  if (node.is_map()) {
    auto object = json::object();
    node.each_entry([&](const auto& key, const auto& value) { object[key.text] = to_json(value); });
    return object;
  }
  if (node.is_list()) {
    auto array = json::array();
    for (const auto* child : node.children) array.push_back(to_json(*child));
    return array;
  }
  if (!node.is_scalar()) return nullptr;
  if (!node.quoted && (node.text == "true" || node.text == "false")) return node.text == "true";
  if (!node.quoted && std::regex_match(node.text, std::regex{"-?[0-9]+"})) return std::stoll(node.text);
  if (!node.quoted && std::regex_match(node.text, std::regex{"-?[0-9]+[.][0-9]+"}))
    return std::stod(node.text);
  return node.text;
}

json yaml(std::string text) {
  config::Reader reader;
  auto& source = reader.add_source("text", {});
  source.text = std::move(text);
  config::parse(reader, source);
  REQUIRE(reader.error_count() == 0);
  return to_json(*source.root);
}

/// The part of JSON Schema that our schema uses, written from its specification.
class Validator {
 public:
  explicit Validator(json schema) : root_(std::move(schema)) {}  // braces would make an array
  bool accepts(const json& value) const { return accepts(root_, value); }

 private:
  static bool has_type(const json& type, const json& value) {
    if (type.is_array())
      return std::ranges::any_of(type, [&](const json& one) { return has_type(one, value); });
    if (type == "integer") return value.is_number_integer();
    if (type == "number") return value.is_number();
    return type == value.type_name();
  }
  bool accepts(const json& schema, const json& value) const {
    if (schema.is_boolean()) return schema.get<bool>();
    static const std::set<std::string> kKnown{"$schema",       "title",      "description",
                                              "default",       "$defs",      "$ref",
                                              "type",          "properties", "additionalProperties",
                                              "propertyNames", "enum",       "const",
                                              "pattern",       "minimum",    "maximum",
                                              "items",         "anyOf",      "oneOf",
                                              "required"};
    for (const auto& [word, content] : schema.items()) REQUIRE_MESSAGE(kKnown.contains(word), word);
    const auto count = [&](const char* word) {
      return std::ranges::count_if(schema[word], [&](const json& one) { return accepts(one, value); });
    };
    if (schema.contains("$ref") &&
        !accepts(root_.at(json::json_pointer{schema["$ref"].get<std::string>().substr(1)}), value))
      return false;
    if (schema.contains("type") && !has_type(schema["type"], value)) return false;
    if (schema.contains("enum") && std::ranges::find(schema["enum"], value) == schema["enum"].end())
      return false;
    if (schema.contains("const") && schema["const"] != value) return false;
    if (schema.contains("anyOf") && count("anyOf") == 0) return false;
    if (schema.contains("oneOf") && count("oneOf") != 1) return false;
    if (value.is_string() && schema.contains("pattern") &&
        !std::regex_search(value.get<std::string>(), std::regex{schema["pattern"].get<std::string>()}))
      return false;
    if (value.is_number() && schema.contains("minimum") && value < schema["minimum"]) return false;
    if (value.is_number() && schema.contains("maximum") && schema["maximum"] < value) return false;
    return accepts_children(schema, value);
  }
  bool accepts_children(const json& schema, const json& value) const {
    if (value.is_array() && schema.contains("items"))
      return std::ranges::all_of(value, [&](const json& item) { return accepts(schema["items"], item); });
    if (!value.is_object()) return true;
    for (const auto& name : schema.value("required", json::array()))
      if (!value.contains(name)) return false;
    const auto properties = schema.value("properties", json::object());
    const auto others = schema.value("additionalProperties", json(true));
    for (const auto& [name, member] : value.items()) {
      if (schema.contains("propertyNames") && !accepts(schema["propertyNames"], json(name))) return false;
      if (!accepts(properties.contains(name) ? properties[name] : others, member)) return false;
    }
    return true;
  }
  json root_;
};

/// Names of all properties, wherever they stand.
void collect_keys(const json& schema, std::set<std::string>& keys) {
  if (schema.is_object() && schema.contains("properties") && schema["properties"].is_object())
    for (const auto& [name, property] : schema["properties"].items()) keys.insert(name);
  if (schema.is_structured())
    for (const auto& child : schema) collect_keys(child, keys);
}

}  // namespace

// RDPWATCH_RECORD=1 writes the file anew.
TEST_CASE("schema: the file that is shipped is the one that is generated") {
  if (std::getenv("RDPWATCH_RECORD") != nullptr)
    std::ofstream{std::string{RDPWATCH_SOURCE_DIR} + "/" + kSchema} << config::json_schema();
  CHECK(test::text_file(kSchema) == config::json_schema());
}

TEST_CASE("example: it loads, and holds every key that there is") {
  const auto result = config::load(std::string{RDPWATCH_SOURCE_DIR} + "/" + kExample);
  CHECK(config::to_text(result.diagnostics) == "");
  REQUIRE(result.config != nullptr);
  CHECK(result.config->targets.size() == 42);
  std::set<std::string> keys;
  collect_keys(json::parse(config::json_schema()), keys);
  CHECK(50 < keys.size());
  const auto text = test::text_file(kExample);
  for (const auto& key : keys) {
    CAPTURE(key);
    CHECK(std::regex_search(text, std::regex{"(^|[^a-z_])" + key + ":"}));
  }
}

TEST_CASE("schema: it accepts the example") {
  const Validator validator{json::parse(config::json_schema())};
  CHECK(validator.accepts(yaml(test::text_file(kExample))));
}

TEST_CASE("schema: it refuses what the loader refuses") {
  const Validator validator{json::parse(config::json_schema())};
  CHECK(validator.accepts(yaml("targets: []")));
  CHECK(validator.accepts(yaml("targets: [{host: a, labels: {host: b, label: c}}]")));
  CHECK(validator.accepts(yaml("alertmanagers: [\"http://a\", {url: \"https://b\", timeout: 5s}]")));
  for (const char* text : {"targts: []",
                           "listen: 127.0.0.1:80",
                           "modules: {default: {depth: auth}}",
                           "modules: {default: {interval: 60}}",
                           "modules: {default: {interval: 5x}}",
                           "modules: {a: {retries: 4}}",
                           "policy: {min_tls: \"1.4\"}",
                           "web: {enable_reload: yes}",
                           "web: {config_file: [web.yaml]}",
                           "targets: [{port: 3389}]",
                           "targets: [{host: a, hosts: b}]",
                           "targets: [{host: a, port: 0}]",
                           "targets: [{host: a, labels: {job: b}}]",
                           "targets: [{host: a, labels: {label_host: b}}]",
                           "targets: [{host: a, labels: {label_module: b}}]",
                           "credentials: {a: {username: b}}",
                           "alertmanagers: [a]",
                           "alertmanagers: [{timeout: 5s}]",
                           "alerts: {for: {RdpHostDown: soon}}",
                           "probes_in_flight: 0"}) {
    CAPTURE(text);
    CHECK_FALSE(validator.accepts(yaml(text)));
  }
}
