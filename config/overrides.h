#pragma once

#include <memory>
#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/source.h"

namespace rdpwatch::config {

/// The keys of a module that an entry of a target list sets itself. They win whichever module the target is
/// probed with, also where they only repeat what its own module says. Holds copies: no part of the tree.
class Overrides {
 public:
  /// `own`: the module that they were read into, checked; relative paths are taken from it as resolved.
  Overrides(const Node& entry, std::shared_ptr<const Module> own);

  /// `base` with these keys, under the name of `base`.
  Module applied_to(const Module& base) const;

 private:
  const Node* copy(const Node& value, std::string_view key);

  std::shared_ptr<const Module> own_;
  std::vector<Node> nodes_{};  ///< INVARIANT: never reallocated, nodes point at each other
  const Node* root_ = nullptr;
  bool sets_trust_store_ = false;
};

/// What a probe of `target` by the module `asked` runs with: the target's own module when that is `asked` by
/// name, else `asked` with the target's overrides.
std::shared_ptr<const Module> module_for(const Target& target, std::shared_ptr<const Module> asked);

}  // namespace rdpwatch::config
