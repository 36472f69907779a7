#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace rdpwatch::test {

/// A program started by a test, its output read while it runs. Killed at the end if it still lives. Every
/// wait ends after a time that no working program needs.
class RunningProgram {
 public:
  explicit RunningProgram(const std::vector<std::string>& command);
  ~RunningProgram();
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  void signal(int number) const;

  /// Reads until `words` have appeared this often on standard output or standard error.
  bool says(std::string_view words, std::size_t times = 1);

  /// Reads to the end; the exit code, -1 when it was killed by a signal or does not end.
  int end();

  const std::string& out() const { return out_; }
  const std::string& err() const { return err_; }

 private:
  bool read_some(std::chrono::steady_clock::time_point limit);

  pid_t pid_ = -1;
  int out_end_ = -1;
  int err_end_ = -1;
  std::string out_{};
  std::string err_{};
};

}  // namespace rdpwatch::test
