#include "tests/support/running_program.h"

#include <array>
#include <csignal>
#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace rdpwatch::test {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kPatience{60};

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error{"no pipe"};
  return ends;
}

std::size_t count_of(std::string_view words, std::string_view text) {
  std::size_t count = 0;
  for (auto at = text.find(words); at != std::string_view::npos; at = text.find(words, at + 1)) ++count;
  return count;
}

/// One read; an end that is over is closed.
void take(int& end, std::string& text) {
  std::array<char, 4096> chunk{};
  const ssize_t size = ::read(end, chunk.data(), chunk.size());
  if (0 < size) {
    text.append(chunk.data(), static_cast<std::size_t>(size));
  } else {
    ::close(end);
    end = -1;
  }
}

}  // namespace

RunningProgram::RunningProgram(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const auto out = make_pipe();
  const auto err = make_pipe();
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(err[1], STDERR_FILENO);
    ::execv(arguments.front(), arguments.data());
    ::_exit(127);
  }
  ::close(out[1]);
  ::close(err[1]);
  out_end_ = out[0];
  err_end_ = err[0];
}

RunningProgram::~RunningProgram() {
  if (0 < pid_) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  for (const int end : {out_end_, err_end_})
    if (end != -1) ::close(end);
}

void RunningProgram::signal(int number) const { ::kill(pid_, number); }

bool RunningProgram::read_some(Clock::time_point limit) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(limit - Clock::now());
  if ((out_end_ == -1 && err_end_ == -1) || left.count() <= 0) return false;
  std::array<pollfd, 2> ends{{{out_end_, POLLIN, 0}, {err_end_, POLLIN, 0}}};  // -1 is passed over
  if (::poll(ends.data(), ends.size(), static_cast<int>(left.count())) <= 0) return false;
  if (ends[0].revents != 0) take(out_end_, out_);
  if (ends[1].revents != 0) take(err_end_, err_);
  return true;
}

bool RunningProgram::says(std::string_view words, std::size_t times) {
  const auto limit = Clock::now() + kPatience;
  while (count_of(words, out_) + count_of(words, err_) < times)
    if (!read_some(limit)) return false;
  return true;
}

int RunningProgram::end() {
  const auto limit = Clock::now() + kPatience;
  while (read_some(limit)) continue;
  if (out_end_ != -1 || err_end_ != -1) ::kill(pid_, SIGKILL);
  int status = 0;
  ::waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace rdpwatch::test
