#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "probes/path/address_kind.h"
#include "probes/path/egress.h"
#include "probes/path/ping_tally.h"
#include "probes/path/trace.h"
#include "probes/report.h"

namespace rdpwatch::daemon {

/// What the four steps of the checklist saw. What was not done is empty, and the text beside it says why.
struct Diagnosis {
  std::string target{};  ///< id
  std::string host{};
  std::uint16_t port = 0;
  std::chrono::system_clock::time_point time{};  ///< start

  // 1: reproduce once, with context
  std::shared_ptr<const ProbeReport> report{};
  std::string no_report{};
  std::string
      address{};  ///< of the host: where TCP was stopped, or climbed, or expected; empty: none is known
  path::AddressKind address_kind = path::AddressKind::Special;
  std::optional<path::Egress> egress{};

  // 2: ping (TCP was seen by the climb)
  std::optional<path::PingResult> ping{};
  std::string no_ping{};

  // 3: by address instead of the name
  std::shared_ptr<const ProbeReport> by_address{};
  std::string no_by_address{};

  // 4: firewall and routing
  std::optional<path::PathTrace> trace{};
  std::string no_trace{};

  int climbed = 0;  ///< connections that climbs began; those of the trace are counted there
  int connections() const { return climbed + (trace ? trace->syns : 0); }
};

/// The climb of `diagnosis.address`; nullptr: none.
const ProbeReport* at_the_address(const Diagnosis& diagnosis);

/// The climb got a TCP connection, whatever became of it.
bool connects(const ProbeReport& report);

/// One step in a line.
struct DiagnosisStep {
  std::string_view title{};
  Outcome outcome = Outcome::Skipped;
  std::string says{};
};

/// What follows from a Diagnosis.
struct Conclusion {
  std::array<DiagnosisStep, 4> steps{};
  std::string verdict{};            ///< one to three sentences
  std::string suspect{};            ///< "hop 2 (10.1.1.1)"; empty: no place on the way is
  std::vector<std::string> next{};  ///< what to do, in order
};

/// Pure.
Conclusion conclude(const Diagnosis& diagnosis);

/// "4 begun: 1 by climbs, 3 by the path trace, ..."
std::string connections_text(const Diagnosis& diagnosis);

}  // namespace rdpwatch::daemon
