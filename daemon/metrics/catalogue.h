#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "daemon/metrics/format.h"
#include "daemon/metrics/samples.h"
#include "daemon/store.h"

namespace rdpwatch::daemon::metrics {

/// Who sees a family: everything is on the page of the fleet; what another Prometheus cannot own (counters
/// over our schedule, the target's own labels) is not on the page of one probe.
enum class Door : std::uint8_t { Both, FleetOnly };

/// One per-target family: its name and help exist here and nowhere else.
struct Family {
  std::string_view name;
  Type type;
  Door door;
  std::string_view help;
  /// Writes the family's samples of one record: none, one or several, in the order of their labels.
  void (*write)(Samples& samples, const TargetRecord& record);
};

inline constexpr std::size_t kFamilies = 31;

/// All per-target families, sorted by name.
std::span<const Family, kFamilies> catalogue();

/// Findings of one target that are exported at most.
inline constexpr std::size_t kExportedFindings = 8;
/// Exceptions of one target that are exported at most.
inline constexpr std::size_t kExportedExceptions = 4;

}  // namespace rdpwatch::daemon::metrics
