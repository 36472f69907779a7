#pragma once

#include <yaml-cpp/yaml.h>

#include "tests/rdpsim/behaviour.h"

namespace rdpwatch::rdpsim {

/// Keys of a behaviour in a host, template or overlay: latency, jitter, connect, negotiate, tls, nla.
bool is_behaviour_key(const std::string& key);

/// `over` laid on `under`, key by key; sequences and scalars are replaced, a scalar shorthand ("tls: reset")
/// replaces the whole phase. Neither argument is changed.
YAML::Node merge(const YAML::Node& under, const YAML::Node& over);

/// A mapping of behaviour keys, merged already. Throws FleetError.
Behaviour parse_behaviour(const YAML::Node& node);

}  // namespace rdpwatch::rdpsim
