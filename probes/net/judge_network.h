#pragma once

#include <vector>

#include "probes/baseline.h"
#include "probes/net/climb.h"
#include "probes/net/judgement.h"
#include "probes/report.h"

namespace rdpwatch::net {

/// What a climb that passed adds to its target's baseline.
BaselineSample baseline_sample(const ClimbResult& climb, bool on_retry);

/// Early signs of a probe that passed: row 22 when it is slower than its own past, row 15 when packets get
/// lost again and again, row 139 as a warning when it recurs. A finding that is there already is added to.
/// Pure.
void judge_network(const BaselineEvidence& evidence, const std::vector<PhaseResult>& phases,
                   Judgements& findings);

}  // namespace rdpwatch::net
