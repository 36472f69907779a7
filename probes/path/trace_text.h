#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "probes/path/look.h"

namespace rdpwatch::path {

/// What the trace says, in one sentence without a full stop: where the path ends, by whom, and what follows.
std::string says(const PathTrace& trace);

/// Who is to be looked at, in a few words: "hop 2 (10.1.1.1)", "this machine", "the host"; empty when nothing
/// singles a place out.
std::string suspect(const PathTrace& trace);

/// Somebody says that nobody answers for the host's address: our own kernel, or the router of the host's net.
bool nobody_has_address(const PathTrace& trace);

/// The connection that does not come about.
struct Flow {
  std::string_view address{};  ///< of the host
  std::uint16_t port = 0;
  std::string_view from{};  ///< our own address; empty: not known
};

/// What to do first, before the advice of the reason; empty: the trace tells nothing of it.
std::string first_step(const PathTrace& trace, const Flow& flow);

/// Somebody else refuses in the host's name: advice about its service would lead astray.
bool refused_by_another(const PathTrace& trace);

/// "accepted", "refused", "reset_on_the_way", ...
std::string_view to_string(End end);

/// "syn", "echo"
std::string_view to_string(Method method);

}  // namespace rdpwatch::path
