#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "config/read_value.h"
#include "config/reader.h"
#include "config/values.h"

/// How the keys of the configuration are described: one table per struct. From each table come the walker,
/// the JSON Schema with its defaults, and the effective configuration.
namespace rdpwatch::config {

using Json = nlohmann::ordered_json;

/// Without what is empty or not set: it reads back as the same.
Json without_empty(Json json);

/// One key of a mapping that fills a T.
template <class T>
struct Key {
  std::string_view name{};
  Json schema{};  ///< of its value; `description` and `default` are added from below
  std::function<void(Reader&, const Node&, T&)> set{};
  std::function<Json(const T&)> get{};  ///< the value as written in YAML; empty: not a part of the struct
  std::string_view doc{};
};

/// The keys of a mapping that fills a T.
template <class T>
class Section {
 public:
  Section(std::initializer_list<Key<T>> keys) : keys_{keys} {
    for (const auto& key : keys_) names_.push_back(key.name);
  }

  const std::vector<Key<T>>& keys() const { return keys_; }
  const std::vector<std::string_view>& names() const { return names_; }
  const Key<T>* find(std::string_view name) const {
    for (const auto& key : keys_)
      if (key.name == name) return &key;
    return nullptr;
  }

  /// Sets what `node` holds; everything else of `object` stays.
  void apply(Reader& reader, const Node& node, T& object) const {
    if (!node.is_map()) return reader.wrong_type(node, "a mapping of keys and values");
    node.each_entry([&](const Node& name, const Node& value) {
      const auto* key = find(name.text);
      if (!key) return reader.unknown_key(name, names_);
      const Reader::Step step{reader, key->name};
      key->set(reader, value, object);
    });
  }

  Json values(const T& object) const {
    auto json = Json::object();
    for (const auto& key : keys_)
      if (key.get) json[std::string{key.name}] = key.get(object);
    return json;
  }

  Json properties() const {
    auto json = Json::object();
    const T defaults{};
    for (const auto& key : keys_) {
      auto& property = json[std::string{key.name}] = Json{{"description", key.doc}};
      property.update(key.schema);
      const auto value = key.get ? key.get(defaults) : Json{};
      if (!value.is_null() && value != "") property["default"] = value;
    }
    return json;
  }
  Json schema() const {
    return {{"type", "object"}, {"properties", properties()}, {"additionalProperties", false}};
  }

 private:
  std::vector<Key<T>> keys_;
  std::vector<std::string_view> names_{};
};

inline const Json kDurationSchema{
    {"type", {"string", "integer"}},
    {"pattern", "^(0|(?=[0-9])([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?)$"},
    {"minimum", 0},
    {"maximum", 0}};

template <class Duration>
void assign(Duration& member, milliseconds value) {
  member = std::chrono::duration_cast<Duration>(value);
}
template <class Duration>
void assign(std::optional<Duration>& member, milliseconds value) {
  member = std::chrono::duration_cast<Duration>(value);
}
inline Json duration_json(milliseconds value) { return format_duration(value); }
template <class Duration>
Json duration_json(const std::optional<Duration>& value) {
  return value ? Json(format_duration(*value)) : Json{};
}

/// `member` of the builders below: a pointer to a member, or a callable that yields a reference to it.
template <class T, class Member>
Key<T> duration(std::string_view name, Member member, DurationRange range, std::string_view doc) {
  return {name, kDurationSchema,
          [member, range](Reader& reader, const Node& node, T& object) {
            if (const auto value = read_duration(reader, node, range))
              assign(std::invoke(member, object), *value);
          },
          [member](const T& object) { return duration_json(std::invoke(member, object)); }, doc};
}

template <class T, class Member>
Key<T> integer(std::string_view name, Member member, std::int64_t low, std::int64_t high,
               std::string_view doc) {
  return {name,
          {{"type", "integer"}, {"minimum", low}, {"maximum", high}},
          [member, low, high](Reader& reader, const Node& node, T& object) {
            auto& target = std::invoke(member, object);
            if (const auto value = read_integer(reader, node, low, high))
              target = static_cast<std::remove_reference_t<decltype(target)>>(*value);
          },
          [member](const T& object) { return Json(std::invoke(member, object)); },
          doc};
}

template <class T, class Member>
Key<T> boolean(std::string_view name, Member member, std::string_view doc) {
  return {name,
          {{"type", "boolean"}},
          [member](Reader& reader, const Node& node, T& object) {
            if (const auto value = read_boolean(reader, node)) std::invoke(member, object) = *value;
          },
          [member](const T& object) { return Json(std::invoke(member, object)); },
          doc};
}

/// An enum whose values count from 0 in the order of `names`, `first` being added to the index.
template <class T, class Member>
Key<T> choice(std::string_view name, Member member, std::span<const std::string_view> names,
              std::string_view doc, std::size_t first = 0) {
  return {name,
          {{"enum", std::vector<std::string_view>{names.begin(), names.end()}}},
          [member, names, first](Reader& reader, const Node& node, T& object) {
            auto& target = std::invoke(member, object);
            if (const auto index = read_choice(reader, node, names))
              target = static_cast<std::remove_reference_t<decltype(target)>>(*index + first);
          },
          [member, names, first](const T& object) {
            return Json(names[static_cast<std::size_t>(std::invoke(member, object)) - first]);
          },
          doc};
}

/// A text that `parse` (std::string_view -> Parsed<std::string>) checks and brings into its stored form.
template <class T, class Member, class Parse>
Key<T> text(std::string_view name, Member member, Parse parse, std::string_view expected,
            std::string_view doc) {
  return {name,
          {{"type", "string"}},
          [member, parse, expected](Reader& reader, const Node& node, T& object) {
            const auto raw = read_text(reader, node, expected);
            if (!raw) return;
            if (auto value = take(reader, node, parse(*raw), expected))
              std::invoke(member, object) = std::move(*value);
          },
          [member](const T& object) { return Json(std::invoke(member, object)); },
          doc};
}

/// A list of texts, each checked by `parse`.
template <class T, class Member, class Parse>
Key<T> texts(std::string_view name, Member member, Parse parse, std::string_view expected,
             std::string_view doc) {
  return {name,
          {{"type", "array"}, {"items", {{"type", "string"}}}},
          [member, parse, expected](Reader& reader, const Node& node, T& object) {
            if (!node.is_list()) return reader.wrong_type(node, "a list; each item " + std::string{expected});
            auto& values = std::invoke(member, object);
            values.clear();
            for (std::size_t i = 0; i < node.children.size(); ++i) {
              const Reader::Step step{reader, i};
              const auto& item = *node.children[i];
              const auto raw = read_text(reader, item, expected);
              if (!raw) continue;
              if (auto value = take(reader, item, parse(*raw), expected)) values.push_back(std::move(*value));
            }
          },
          [member](const T& object) { return Json(std::invoke(member, object)); },
          doc};
}

/// A mapping with a table of its own. `defined` names it in the `$defs` of the schema.
template <class T, class Member, class U>
Key<T> section(std::string_view name, Member member, const Section<U>& table, std::string_view doc,
               std::string_view defined = {}) {
  return {name, defined.empty() ? table.schema() : Json{{"$ref", "#/$defs/" + std::string{defined}}},
          [member, &table](Reader& reader, const Node& node, T& object) {
            table.apply(reader, node, std::invoke(member, object));
          },
          [member, &table](const T& object) { return table.values(std::invoke(member, object)); }, doc};
}

/// A key that works later: only its empty value is accepted.
template <class T>
Key<T> unavailable(std::string_view name, Json empty, std::string_view doc) {
  return {name,
          {{"const", empty}},
          [empty](Reader& reader, const Node& node, T&) {
            const bool unset = node.is_scalar() ? node.text == (empty.is_string() ? "" : empty.dump())
                                                : node.children.empty();
            if (!unset) reader.error(node.place, "not available in this release");
          },
          [empty](const T&) { return empty; },
          doc};
}

}  // namespace rdpwatch::config
