#pragma once

#include <string>

#include "probes/path/trace.h"

namespace rdpwatch::path {

/// What the trace says, in one sentence without a full stop: where the path ends, by whom, and what follows.
std::string says(const PathTrace& trace);

/// Who is to be looked at, in a few words: "hop 2 (10.1.1.1)", "this machine", "the host"; empty when nothing
/// singles a place out.
std::string suspect(const PathTrace& trace);

/// Somebody says that nobody answers for the host's address: our own kernel, or the router of the host's net.
bool nobody_has_address(const PathTrace& trace);

/// "accepted", "refused", "reset_on_the_way", ...
std::string_view to_string(End end);

}  // namespace rdpwatch::path
