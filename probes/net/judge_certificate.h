#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "config/config.h"
#include "probes/net/certificate.h"
#include "probes/net/judgement.h"
#include "probes/net/trust.h"

namespace rdpwatch::net {

/// What is known when a leaf is judged. Nothing is owned; pointers may be nullptr.
struct LeafCase {
  const LeafFacts& facts;
  const config::Policy& policy;
  const config::Expectation* expect = nullptr;
  const Certificate* before = nullptr;  ///< the leaf of an earlier probe
  const std::string& host;              ///< as configured
  bool host_is_address = false;
  bool host_covered = false;
  /// Users reach an address target by this name, and the leaf covers it.
  bool expected_name_covered = false;
  std::optional<TrustVerdict> trust{};  ///< empty: no trust store, or unreadable
  std::chrono::system_clock::time_point now{};
};

/// Every certificate finding of one leaf, rows 52 and 55 to 62, 144 to 146 of the taxonomy. Pure.
void judge_leaf(const LeafCase& leaf, Judgements& out);

/// "3d 4h", "2h 5m", "40s": the two largest units.
std::string span_text(std::chrono::seconds span);

}  // namespace rdpwatch::net
