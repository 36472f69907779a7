#include "config/overrides.h"

#include <utility>

#include "config/tables.h"

namespace rdpwatch::config {
namespace {

constexpr std::string_view kPolicy = "policy";
constexpr std::string_view kTrustStore = "trust_store";

constexpr std::string_view kEntry;  ///< the key that leads to the whole entry

bool is_kept(std::string_view parent, std::string_view key) {
  if (parent == kEntry) return module_table().find(key) != nullptr;
  return parent != kPolicy || key != kTrustStore;
}

/// Calls `visit` for each key of the mapping `value` that is kept, and its value; `key` leads to the mapping.
template <class Visit>
void each_kept(const Node& value, std::string_view key, Visit visit) {
  value.each_entry([&](const Node& inner, const Node& content) {
    if (is_kept(key, inner.text)) visit(inner, content);
  });
}

std::size_t count(const Node& value, std::string_view key) {
  std::size_t sum = 1;
  if (value.is_map())
    each_kept(value, key,
              [&](const Node& inner, const Node& content) { sum += 1 + count(content, inner.text); });
  else
    for (const auto* item : value.children) sum += count(*item, key);
  return sum;
}

bool sets_trust_store(const Node& entry) {
  const auto* policy = entry.find(kPolicy);
  return policy && policy->find(kTrustStore);
}

}  // namespace

Overrides::Overrides(const Node& entry, std::shared_ptr<const Module> own)
    : own_{std::move(own)}, sets_trust_store_{sets_trust_store(entry)} {
  nodes_.reserve(count(entry, kEntry));
  root_ = copy(entry, kEntry);
}

/// What `key` leads to, without places, which mean nothing once the sources are gone.
const Node* Overrides::copy(const Node& value, std::string_view key) {
  auto& made = nodes_.emplace_back();
  made.kind = value.kind;
  made.quoted = value.quoted;
  made.text = value.text;
  if (value.is_map())
    each_kept(value, key, [&](const Node& inner, const Node& content) {
      made.children.push_back(copy(inner, key));
      made.children.push_back(copy(content, inner.text));
    });
  else
    for (const auto* item : value.children) made.children.push_back(copy(*item, key));
  return &made;
}

Module Overrides::applied_to(const Module& base) const {
  Module changed = base;
  Reader reader;  // it stays silent: all this was read before
  reader.add_source({}, {});
  module_table().apply(reader, *root_, changed);
  if (sets_trust_store_) changed.policy.trust_store = own_->policy.trust_store;
  return changed;
}

std::shared_ptr<const Module> module_for(const Target& target, std::shared_ptr<const Module> asked) {
  if (asked->name == target.module->name) return target.module;
  if (!target.overrides) return asked;
  return std::make_shared<const Module>(target.overrides->applied_to(*asked));
}

}  // namespace rdpwatch::config
