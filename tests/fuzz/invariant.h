#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "probes/sanitize.h"

namespace rdpwatch::fuzz {

/// Aborts, so that libFuzzer keeps the input, unless `holds`.
inline void invariant(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "broken invariant: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}

/// Text that came from a peer and leaves a codec or a machine.
inline void clean(std::string_view text) {
  invariant(text.size() <= kSanitizedBytes, "text is bounded");
  invariant(sanitize(text) == text, "text is sanitised");
}

}  // namespace rdpwatch::fuzz
