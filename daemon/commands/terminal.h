#pragma once

#include <cstdint>

#include "daemon/text.h"

namespace rdpwatch::daemon {

enum class ColourMode : std::uint8_t { Auto, Always, Never };

/// The style for one of our outputs (STDOUT_FILENO, STDERR_FILENO). Auto: colour when it is a terminal,
/// unless NO_COLOR is set or TERM is "dumb". Width: the terminal's, else 80. UTF-8 when the locale of the
/// environment says so.
TextStyle style_of(int descriptor, ColourMode mode);

bool is_terminal(int descriptor);

}  // namespace rdpwatch::daemon
