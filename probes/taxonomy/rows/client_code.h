#pragma once

#include "probes/taxonomy/taxonomy.h"

/// Short forms for the `client` columns of the row files. Where the reference gives two marks for one pair,
/// the first one counts. An empty code stands for "whatever the first code is".
namespace rdpwatch::rows {

using Code = std::optional<std::uint32_t>;

/// By a specification or product documentation, read in the original or through a third party's copy.
constexpr ClientCode documented(Code code, Code extended = {}) { return {code, extended, Basis::Documented}; }

/// By users in the field, with the cause as they found it.
constexpr ClientCode reported(Code code, Code extended = {}) { return {code, extended, Basis::Reported}; }

/// Concluded from the two above; nobody was seen to confirm it.
constexpr ClientCode inferred(Code code, Code extended = {}) { return {code, extended, Basis::Inferred}; }

}  // namespace rdpwatch::rows
