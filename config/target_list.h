#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/config.h"
#include "config/reader.h"

namespace rdpwatch::config {

struct TargetDraft;
using Modules = std::map<std::string, std::shared_ptr<const Module>, std::less<>>;

/// Turns entries of target lists into targets: ranges expanded, modules merged and shared, ids unique.
class TargetList {
 public:
  TargetList(Reader& reader, const Modules& modules) : reader_{reader}, modules_{modules} {}

  /// `targets` of a configuration file: hosts, or mappings of the target table.
  void read(const Node& list);
  /// A list of its own: entries as above, or Prometheus target groups `{targets: [...], labels: {...}}`.
  void read_list_file(const Node& root);

  /// Warns where the targets read so far need more connections to an address:port than the budget gives, and
  /// says what will be skipped. Equal shortages are one message, at the first of them.
  void check_budget(const ConnectionBudget& budget) const;

  std::size_t size() const { return targets_.size(); }
  std::vector<std::shared_ptr<const Target>> take();  ///< sorted by id

  static constexpr std::size_t kMaxTargets = 1'000'000;

 private:
  void read_entry(const Node& entry);
  void read_group(const Node& group);
  void read_group_label(const Node& name, const Node& value, TargetDraft& common,
                        std::shared_ptr<const Module>& module);
  std::shared_ptr<const Module> find_module(const Node& name);
  /// A module and what an entry changed of it.
  struct OwnModule {
    std::shared_ptr<const Module> module{};
    std::shared_ptr<const Overrides> overrides{};
  };
  OwnModule with_overrides(const Node& entry, std::shared_ptr<const Module> module);
  void add(const Node& entry, TargetDraft draft, const std::shared_ptr<const Module>& module);
  void add_target(std::shared_ptr<Target> target, Place place);

  Reader& reader_;
  const Modules& modules_;
  std::vector<std::shared_ptr<const Target>> targets_{};
  std::unordered_map<std::string_view, Place> first_place_{};  ///< by id; views into targets_
  std::unordered_map<std::string, OwnModule> overridden_{};    ///< by module and override text
  std::vector<std::string> dropped_labels_{};                  ///< warned about already
  bool full_ = false;
};

}  // namespace rdpwatch::config
