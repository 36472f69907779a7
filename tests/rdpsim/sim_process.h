#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

namespace rdpwatch::test {

/// An rdpsim of its own for a test: started with a fleet on a free port, ended with the object.
class SimProcess {
 public:
  /// Writes `fleet` (YAML) to a folder of its own, starts the program and waits until it is ready. Throws
  /// std::runtime_error when it does not become so.
  explicit SimProcess(const std::string& fleet, std::vector<std::string> arguments = {});
  ~SimProcess();
  SimProcess(const SimProcess&) = delete;
  SimProcess& operator=(const SimProcess&) = delete;

  std::uint16_t port() const { return port_; }
  pid_t pid() const { return pid_; }
  /// Empty after the object's end.
  const std::filesystem::path& folder() const { return folder_; }
  /// PEM of the authority behind `issuer: authority`.
  std::filesystem::path authority() const { return folder_ / "authority.pem"; }

  /// Ends it and returns its counters, one JSON object; again: the same text.
  const std::string& stop();
  int exit_status() const { return exit_status_; }

 private:
  bool start(const std::vector<std::string>& arguments);
  std::string read_line();
  void end();

  std::filesystem::path folder_{};
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
  int output_ = -1;
  int exit_status_ = -1;
  std::string counters_{};
};

/// A TCP port on which nobody listens at the moment.
std::uint16_t free_port();

}  // namespace rdpwatch::test
