#include "daemon/commands/progress.h"

#include <iostream>

#include <unistd.h>

#include "daemon/commands/terminal.h"

namespace rdpwatch::daemon {

Progress::Progress(std::size_t all) : all_{all}, enabled_{8 <= all && is_terminal(STDERR_FILENO)} {}

void Progress::show(std::size_t done) {
  if (!enabled_ || done == all_) return;
  std::cerr << '\r' << done << '/' << all_ << " ..." << std::flush;
  shown_ = true;
}

void Progress::erase() {
  if (shown_) std::cerr << "\r\x1B[K" << std::flush;
  shown_ = false;
}

}  // namespace rdpwatch::daemon
