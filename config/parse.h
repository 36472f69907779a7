#pragma once

#include "config/reader.h"

namespace rdpwatch::config {

/// Reads YAML 1.2 (so JSON too) into `source.nodes` and sets `source.root`; stays nullptr after an error or
/// when the text holds no value. Reports what yaml-cpp 0.7 lets through (measured): keys set twice, merge
/// keys, tags, second documents, invalid UTF-8, control characters, tabs, and aliases that grow too large.
void parse(Reader& reader, Source& source);

/// Values that a text may hold once its aliases are expanded, beyond those that it writes out.
inline constexpr std::uint32_t kMaxAliasedValues = 10'000;

}  // namespace rdpwatch::config
