#include "tests/rdpsim/sim_process.h"

#include <fstream>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace rdpwatch::test {

std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_addr.s_addr = htonl(INADDR_ANY);
  socklen_t size = sizeof where;
  const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&where), sizeof where) == 0 &&
                     ::getsockname(fd, reinterpret_cast<sockaddr*>(&where), &size) == 0;
  ::close(fd);
  if (!bound) throw std::runtime_error{"no free port"};
  return ntohs(where.sin_port);
}

SimProcess::SimProcess(const std::string& fleet, std::vector<std::string> arguments) {
  std::string name = (std::filesystem::temp_directory_path() / "rdpsim-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error{"cannot make a folder"};
  folder_ = name;
  std::ofstream{folder_ / "fleet.yaml"} << fleet;
  constexpr int kTries = 3;  // somebody may take the port in between
  for (int i = 0; i < kTries; ++i)
    if (start(arguments)) return;
  std::filesystem::remove_all(folder_);
  throw std::runtime_error{"rdpsim did not start"};
}

SimProcess::~SimProcess() {
  stop();
  std::filesystem::remove_all(folder_);
}

bool SimProcess::start(const std::vector<std::string>& arguments) {
  port_ = free_port();
  std::vector<std::string> words{
      RDPSIM_PROGRAM, "--config",          (folder_ / "fleet.yaml").string(), "--port", std::to_string(port_),
      "--write-ca",   authority().string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  int pipe_ends[2];
  if (::pipe2(pipe_ends, O_CLOEXEC) != 0) return false;
  pid_ = ::fork();
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    ::dup2(pipe_ends[1], STDOUT_FILENO);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(pipe_ends[1]);
  output_ = pipe_ends[0];
  if (read_line() == "ready") return true;
  end();
  return false;
}

std::string SimProcess::read_line() {
  std::string line;
  constexpr int kPatience = 20'000;
  for (char c = 0;;) {
    pollfd wait{.fd = output_, .events = POLLIN, .revents = 0};
    if (::poll(&wait, 1, kPatience) != 1 || ::read(output_, &c, 1) != 1 || c == '\n') return line;
    line += c;
  }
}

const std::string& SimProcess::stop() {
  if (pid_ < 0) return counters_;
  ::kill(pid_, SIGTERM);
  counters_ = read_line();
  end();
  return counters_;
}

void SimProcess::end() {
  int status = 0;
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, &status, 0);
  exit_status_ = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  ::close(std::exchange(output_, -1));
  pid_ = -1;
}

}  // namespace rdpwatch::test
