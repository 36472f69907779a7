#include "daemon/metrics/process_stats.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

namespace rdpwatch::daemon::metrics {
namespace {

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

/// When the machine booted, from /proc/stat.
double boot_time() {
  std::ifstream stat{"/proc/stat"};
  for (std::string line; std::getline(stat, line);)
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  return 0;
}

/// Clock ticks from boot to our start: field 22 of /proc/self/stat, proc(5). The name before it may hold
/// spaces.
double start_ticks() {
  std::ifstream file{"/proc/self/stat"};
  std::string line;
  std::getline(file, line);
  const std::size_t after_name = line.rfind(')');
  if (after_name == std::string::npos) return 0;
  std::size_t position = after_name;
  constexpr int kFieldsBetween = 20;
  for (int field = 0; field < kFieldsBetween && position != std::string::npos; ++field)
    position = line.find(' ', position + 1);
  return position == std::string::npos ? 0 : std::stod(line.substr(position));
}

std::uint64_t count_descriptors() {
  std::error_code ec;
  std::uint64_t count = 0;
  for (std::filesystem::directory_iterator it{"/proc/self/fd", ec}, end; !ec && it != end; it.increment(ec))
    ++count;
  return count == 0 ? 0 : count - 1;  // one of them is the listing itself
}

}  // namespace

ProcessStats read_process_stats() {
  ProcessStats stats;
  static const double start = boot_time() + start_ticks() / static_cast<double>(::sysconf(_SC_CLK_TCK));
  stats.start_time_seconds = start;
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0)
    stats.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
  std::ifstream statm{"/proc/self/statm"};
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  if (statm >> size >> resident)
    stats.resident_bytes = resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  stats.open_fds = count_descriptors();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) stats.max_fds = limit.rlim_cur;
  return stats;
}

}  // namespace rdpwatch::daemon::metrics
