#pragma once

#include <chrono>
#include <string>

#include "tests/support/scratch_folder.h"

namespace rdpwatch::test {

/// A datagram socket at a path of its own, as a service manager or a journal has it.
class DatagramBox {
 public:
  DatagramBox();
  ~DatagramBox();
  DatagramBox(const DatagramBox&) = delete;
  DatagramBox& operator=(const DatagramBox&) = delete;

  std::string path() const { return folder_.path("socket").string(); }

  /// The next message; empty when none comes within `patience`.
  std::string next(std::chrono::milliseconds patience = std::chrono::seconds{60}) const;
  /// Takes messages until one begins with `words`, and returns it; empty when none comes.
  std::string next_with(const std::string& words) const;

 private:
  ScratchFolder folder_{};
  int socket_;
};

}  // namespace rdpwatch::test
