#pragma once

#include <cstdint>

namespace rdpwatch::daemon::metrics {

/// This process as /proc shows it; zero for what cannot be read.
struct ProcessStats {
  double start_time_seconds = 0;  ///< Unix time
  double cpu_seconds = 0;
  std::uint64_t resident_bytes = 0;
  std::uint64_t open_fds = 0;
  std::uint64_t max_fds = 0;
};

ProcessStats read_process_stats();

}  // namespace rdpwatch::daemon::metrics
