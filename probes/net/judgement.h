#pragma once

#include <optional>
#include <string>
#include <vector>

#include "probes/taxonomy/cause.h"
#include "probes/taxonomy/taxonomy.h"

namespace rdpwatch::net {

/// A finding before policy: what a judge says of the evidence.
struct Judgement {
  Phase phase = Phase::Resolve;
  Cause cause = Cause::Unclassified;
  /// Empty: the row's own severity. Set where it depends on the amount (days left, minutes of skew).
  std::optional<Severity> severity{};
  std::string detail{};
};

using Judgements = std::vector<Judgement>;

}  // namespace rdpwatch::net
