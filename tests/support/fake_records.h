#pragma once

#include <cstddef>
#include <memory>

#include "config/config.h"
#include "daemon/store.h"
#include "probes/report.h"

namespace rdpwatch::test {

/// A configuration of `count` targets "rds000042.corp.example:3389", with labels, one module for all.
std::shared_ptr<config::Config> fake_config(std::size_t count);

/// A probe of `target` that passed all phases at depth nla with everything there is to know; no findings.
/// Durations, addresses and names follow from `seed`, and from nothing else.
std::shared_ptr<ProbeReport> healthy_report(const config::Target& target, std::size_t seed);

/// A probe that stopped at `phase` by `cause`, with the evidence of the phases before.
std::shared_ptr<ProbeReport> failed_report(const config::Target& target, std::size_t seed, Phase phase,
                                           Cause cause);

/// A look at the way to a target after it failed with tcp_timeout: two routers answer, then nobody.
daemon::PathLook failed_look();
/// One of the same target when it worked: the second router was another one.
daemon::PathLook healthy_look();

/// `store` after every target of `config` was probed once; each `failing_every`-th has failed (0: none).
void probe_all(daemon::Store& store, const config::Config& config, std::size_t failing_every = 0);

}  // namespace rdpwatch::test
