#include "config/target_list.h"

#include <algorithm>

#include "config/host_range.h"
#include "config/overrides.h"
#include "config/tables.h"

namespace rdpwatch::config {
namespace {

/// Text that is equal for equal trees: what the overrides of a target are shared by.
void print(const Node& node, std::string& out) {
  if (node.is_scalar()) {
    out += (node.quoted ? "'" : "") + std::to_string(node.text.size()) + ":" + node.text;
    return;
  }
  out += node.is_map() ? '{' : node.is_list() ? '[' : '~';
  for (const auto* child : node.children) print(*child, out);
  out += '}';
}

std::vector<std::string_view> names_of(const Modules& modules) {
  std::vector<std::string_view> names;
  for (const auto& [name, module] : modules) names.push_back(name);
  return names;
}

const std::vector<std::string_view>& entry_names() {
  static const auto names = [] {
    auto list = target_table().names();
    const auto& more = module_table().names();
    list.insert(list.end(), more.begin(), more.end());
    return list;
  }();
  return names;
}

constexpr std::string_view kModuleLabel = "__meta_rdpwatch_module";

}  // namespace

void TargetList::read(const Node& list) {
  if (!list.is_list()) return reader_.wrong_type(list, "a list of targets; [] for none");
  for (std::size_t i = 0; i < list.children.size() && !full_; ++i) {
    const Reader::Step step{reader_, i};
    read_entry(*list.children[i]);
  }
}

void TargetList::read_list_file(const Node& root) {
  if (!root.is_list()) return reader_.wrong_type(root, "a list of targets or of Prometheus target groups");
  for (std::size_t i = 0; i < root.children.size() && !full_; ++i) {
    const Reader::Step step{reader_, i};
    const auto& entry = *root.children[i];
    if (entry.find("targets")) read_group(entry);
    else read_entry(entry);
  }
}

void TargetList::read_entry(const Node& entry) {
  TargetDraft draft;
  if (entry.is_scalar()) {
    target_table().find(has_range(entry.text) ? "hosts" : "host")->set(reader_, entry, draft);
    return add(entry, std::move(draft), modules_.at("default"));
  }
  if (!entry.is_map()) return reader_.wrong_type(entry, "a host, or a mapping with host or hosts");
  entry.each_entry([&](const Node& name, const Node& value) {
    const auto* key = target_table().find(name.text);
    if (!key && !module_table().find(name.text)) return reader_.unknown_key(name, entry_names());
    const Reader::Step step{reader_, name.text};
    if (key) key->set(reader_, value, draft);
  });
  std::shared_ptr<const Module> module = modules_.at("default");
  if (draft.module_node) {
    const Reader::Step step{reader_, "module"};
    module = find_module(*draft.module_node);
  }
  if (!draft.host_node && !draft.range_node)
    return reader_.error(entry.place, "target without a host", {"the key host or hosts", {}});
  if (draft.host_node && draft.range_node)
    return reader_.error(draft.range_node->place,
                         "host and hosts in one target; host at " + reader_.describe(draft.host_node->place),
                         {"one of them", {}});
  if (draft.id_node && draft.range_node)
    return reader_.error(draft.id_node->place, "one id for a range of hosts",
                         {"ids are host:port for ranges", {}});
  add(entry, std::move(draft), module);
}

void TargetList::read_group(const Node& group) {
  TargetDraft common;
  auto module = modules_.at("default");
  group.each_entry([&](const Node& name, const Node& value) {
    const Reader::Step step{reader_, name.text};
    if (name.text == "labels" && value.is_map())
      value.each_entry(
          [&](const Node& label, const Node& content) { read_group_label(label, content, common, module); });
    else if (name.text == "labels" && value.kind != Node::Kind::Null)
      reader_.wrong_type(value, "a mapping of label names to values");
    else if (name.text != "targets" && name.text != "labels")
      reader_.unknown_key(name, {"targets", "labels"});
  });
  std::ranges::sort(common.labels);
  const Node& hosts = *group.find("targets");
  const Reader::Step step{reader_, "targets"};
  if (!hosts.is_list()) return reader_.wrong_type(hosts, "a list of hosts");
  for (std::size_t i = 0; i < hosts.children.size(); ++i) {
    const Reader::Step item{reader_, i};
    auto draft = common;
    target_table().find("host")->set(reader_, *hosts.children[i], draft);
    add(*hosts.children[i], std::move(draft), module);
  }
}

void TargetList::read_group_label(const Node& name, const Node& value, TargetDraft& common,
                                  std::shared_ptr<const Module>& module) {
  const Reader::Step step{reader_, name.text};
  if (name.text == kModuleLabel || name.text == "__param_module") {
    module = find_module(value);
    return;
  }
  if (name.text.starts_with("__")) return;
  if (const auto fault = label_name_fault(name.text); !fault.empty()) {
    const auto warned = reader_.source(name.place).name + '\n' + name.text;
    if (std::ranges::find(dropped_labels_, warned) == dropped_labels_.end()) {
      dropped_labels_.push_back(warned);
      reader_.warning(name.place, fault + ": left out");
    }
    return;
  }
  const auto text = read_text(reader_, value, "a text");
  if (!text || text->empty()) return;  // to Prometheus an empty label is none
  if (const auto fault = text_fault(*text, 256); !fault.empty())
    return reader_.error(value.place, "label value " + fault, {"a text of 1 to 256 bytes", {}});
  common.labels.emplace_back(name.text, *text);
}

std::shared_ptr<const Module> TargetList::find_module(const Node& name) {
  const auto text = read_text(reader_, name, "the name of a module");
  if (!text) return nullptr;
  const auto found = modules_.find(*text);
  if (found != modules_.end()) return found->second;
  const auto names = names_of(modules_);
  reader_.error(name.place, "module \"" + name.text + "\" is not defined",
                {enumerate(names), std::string{nearest(name.text, names)}});
  return nullptr;
}

TargetList::OwnModule TargetList::with_overrides(const Node& entry, std::shared_ptr<const Module> module) {
  std::string text;
  entry.each_entry([&](const Node& name, const Node& value) {
    if (!module_table().find(name.text)) return;
    print(name, text);
    print(value, text);
  });
  if (text.empty()) return {std::move(module), nullptr};
  // Relative paths count from the file, so equal text means equal modules only within one.
  text += '\n' + std::to_string(entry.place.source) + '\n' + module->name;
  if (const auto known = overridden_.find(text); known != overridden_.end()) return known->second;
  auto changed = std::make_shared<Module>(*module);
  const auto problems = reader_.problem_count();
  entry.each_entry([&](const Node& name, const Node& value) {
    const auto* key = module_table().find(name.text);
    if (!key) return;
    const Reader::Step step{reader_, name.text};
    key->set(reader_, value, *changed);
  });
  if (problems == reader_.problem_count()) check_module(reader_, entry, *changed);
  const OwnModule own{changed, std::make_shared<const Overrides>(entry, changed)};
  if (problems == reader_.problem_count()) overridden_.emplace(std::move(text), own);
  return own;
}

void TargetList::add(const Node& entry, TargetDraft draft, const std::shared_ptr<const Module>& module) {
  if (!module) return;
  const auto own = entry.is_map() ? with_overrides(entry, module) : OwnModule{module, nullptr};
  std::shared_ptr<const Expectation> expect;
  if (draft.expect != Expectation{}) expect = std::make_shared<const Expectation>(std::move(draft.expect));
  const Node& place = draft.id_node ? *draft.id_node : draft.host_node ? *draft.host_node : *draft.range_node;
  for (auto& host : draft.hosts) {
    if (host.port && draft.port && *host.port != *draft.port)
      return reader_.error(place.place,
                           "port " + std::to_string(*host.port) + " here, and " +
                               std::to_string(*draft.port) + " by the key port",
                           {"one of them", {}});
    auto target = std::make_shared<Target>();
    target->host = std::move(host.host);
    target->port = host.port.value_or(draft.port.value_or(target->port));
    target->id = draft.id.empty() ? target->endpoint() : draft.id;
    if (auto id = parse_id(target->id); !id)
      return reader_.error(place.place, std::move(id.error()), {"an id of its own, of 1 to 512 bytes", {}});
    target->module = own.module;
    target->overrides = own.overrides;
    target->labels = draft.labels;
    target->expect = expect;
    add_target(std::move(target), place.place);
  }
}

void TargetList::add_target(std::shared_ptr<Target> target, Place place) {
  if (targets_.size() == kMaxTargets) {
    if (!full_) reader_.error(place, "more than " + std::to_string(kMaxTargets) + " targets");
    full_ = true;
    return;
  }
  const auto [first, is_new] = first_place_.try_emplace(target->id, place);
  if (!is_new)
    return reader_.error(
        place, "target id \"" + target->id + "\" given twice; first at " + reader_.describe(first->second),
        {"an id of its own for each target", {}});
  targets_.push_back(std::move(target));
}

std::vector<std::shared_ptr<const Target>> TargetList::take() {
  first_place_.clear();
  std::ranges::sort(targets_, {}, [](const auto& target) -> std::string_view { return target->id; });
  targets_.shrink_to_fit();
  return std::move(targets_);
}

}  // namespace rdpwatch::config
