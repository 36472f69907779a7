#pragma once

#include "config/reader.h"

namespace rdpwatch::config {

/// Reads YAML 1.2 (so JSON too) into `source.nodes` and sets `source.root`, which stays nullptr when the text
/// holds no value or cannot be read to its end. Never throws. Reports what yaml-cpp 0.7 lets through
/// (measured): keys set twice, merge keys, tags, second documents, invalid UTF-8, control characters, tabs,
/// and aliases that grow too large. After keys set twice, merge keys and tags there is a tree all the same,
/// so that one run finds what is wrong elsewhere, too: whoever uses values asks `reader` first whether there
/// were errors.
void parse(Reader& reader, Source& source);

/// Values that a text may hold once its aliases are expanded, beyond those that it writes out.
inline constexpr std::uint32_t kMaxAliasedValues = 10'000;

}  // namespace rdpwatch::config
