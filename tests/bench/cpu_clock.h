#pragma once

#include <fstream>
#include <string>

#include <sys/resource.h>
#include <sys/time.h>

namespace rdpwatch::bench {

/// CPU seconds of this process so far, user and system.
inline double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) { return double(t.tv_sec) + double(t.tv_usec) * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// Resident set of this process in KiB, from /proc/self/status; 0 when it cannot be read.
inline long resident_kib() {
  std::ifstream status{"/proc/self/status"};
  for (std::string word; status >> word;)
    if (long kib = 0; word == "VmRSS:" && status >> kib) return kib;
  return 0;
}

}  // namespace rdpwatch::bench
