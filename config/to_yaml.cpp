#include <algorithm>

#include "config/load.h"
#include "config/tables.h"

namespace rdpwatch::config {
namespace {

/// A text that YAML reads back as the same text without quotes.
bool is_plain(const std::string& text) {
  const auto allowed = [](char c) {
    return ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || ('0' <= c && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == '/';
  };
  const bool word = !text.empty() && std::ranges::all_of(text, allowed);
  const bool letter =
      word && (('a' <= text[0] && text[0] <= 'z') || ('A' <= text[0] && text[0] <= 'Z') || text[0] == '/');
  const auto& reserved = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"};
  return letter && std::ranges::find(reserved, text) == reserved.end();
}

/// JSON strings are YAML strings.
std::string scalar(const Json& json) {
  if (json.is_string() && is_plain(json.get<std::string>())) return json.get<std::string>();
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void print(const Json& json, std::size_t indent, std::string& out) {
  const auto margin = std::string(indent, ' ');
  const auto child = [&](const Json& value, std::size_t deeper) {
    if (value.is_structured() && !value.empty()) {
      out += '\n';
      print(value, deeper, out);
    } else {
      out += ' ' + scalar(value) + '\n';
    }
  };
  if (json.is_object()) {
    for (const auto& [name, value] : json.items()) {
      out += margin + scalar(name) + ':';
      child(value, indent + 2);
    }
    return;
  }
  for (const auto& value : json) {
    const auto start = out.size();
    out += margin + '-';
    if (!value.is_object() || value.empty()) {
      child(value, indent + 2);
      continue;
    }
    out.resize(start);
    print(value, indent + 2, out);
    out[start + indent] = '-';
  }
}

Json module_json(const Module& module) { return without_empty(module_table().values(module)); }

/// Keys of a target's module that differ from the named module that it started from.
Json overrides(const Module& own, const Module& named) {
  auto json = Json::object();
  for (const auto& key : module_table().keys())
    if (auto value = key.get(own); value != key.get(named)) json[std::string{key.name}] = std::move(value);
  return json;
}

Json target_json(const Target& target, const Config& config) {
  Json json{{"host", target.host}, {"port", target.port}, {"id", target.id}, {"module", target.module->name}};
  for (const auto& [name, value] : target.labels) json["labels"][name] = value;
  if (target.expect) json["expect"] = without_empty(expectation_table().values(*target.expect));
  const auto named = config.modules.find(target.module->name);
  if (named != config.modules.end() && named->second != target.module)
    json.update(overrides(*target.module, *named->second));
  return json;
}

bool says_nothing(const Json& value) {
  if (const auto* text = value.get_ptr<const std::string*>()) return text->empty();
  return value.is_null() || (value.is_structured() && value.empty());
}

}  // namespace

Json without_empty(Json json) {
  for (auto it = json.begin(); it != json.end();) it = says_nothing(*it) ? json.erase(it) : std::next(it);
  return json;
}

std::string settings_yaml(const Config& config) {
  Draft draft;
  draft.config = config;
  draft.config.targets.clear();
  auto json = root_table().values(draft);
  json["vantage"] = without_empty(json["vantage"]);
  json = without_empty(std::move(json));
  for (const auto& [name, module] : config.modules) json["modules"][name] = module_json(*module);
  for (const auto& url : config.target_urls) json["target_urls"].push_back(mask_url(url));
  std::string out;
  print(json, 0, out);
  return out + (config.targets.empty() ? "targets: []\n" : "targets:\n");
}

std::string target_yaml(const Target& target, const Config& config) {
  std::string out;
  print(Json::array({target_json(target, config)}), 2, out);
  return out;
}

std::string to_yaml(const Config& config) {
  auto out = settings_yaml(config);
  for (const auto& target : config.targets) out += target_yaml(*target, config);
  return out;
}

}  // namespace rdpwatch::config
