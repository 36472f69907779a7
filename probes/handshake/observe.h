#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "probes/taxonomy/cause.h"

namespace rdpwatch::handshake {

/// "connection closed", "connection reset", "no answer": how a stream that ended with `end` is told.
std::string_view describe_end(Cause end);

/// "connection closed after 7 of 19 bytes"; with `expected` 0 the total is not known yet.
std::string describe_partial(Cause end, std::size_t received, std::size_t expected);

/// An observation whose detail went through the sanitiser.
Observation observe(Cause cause, std::string_view detail, std::optional<std::uint32_t> code = {});

}  // namespace rdpwatch::handshake
