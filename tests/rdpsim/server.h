#pragma once

#include <string>
#include <unordered_map>

#include "tests/rdpsim/connection.h"

namespace rdpwatch::rdpsim {

/// The listening side of a fleet. A fleet of at most kMostOwnListeners addresses has one listener for each
/// address, so that an address can refuse; a larger one has one listener a port on 0.0.0.0, bound to the
/// device `lo`, and costs nothing for addresses that nobody asks. Nothing outside 127.0.0.0/8 is served.
class Server {
 public:
  static constexpr std::size_t kMostOwnListeners = 2048;

  /// Opens the listeners; throws std::runtime_error with what and where when it cannot.
  explicit Server(Shared& shared);

  /// Opens and closes listeners as the time says; called by a timer of its own.
  void follow_time();

  milliseconds elapsed() const;
  /// Takes a connection that came in for host `index`.
  void accepted(Fd fd, std::size_t index);
  void accepted_for(Fd fd, Address address, std::uint16_t port);
  bool full() const { return most_connections_ <= shared_.stats.open; }

 private:
  void open_wildcard(std::uint16_t port);
  void set_listener(std::size_t index, Listen listen);

  Shared& shared_;
  Clock::time_point started_ = Clock::now();
  bool own_listeners_;
  std::size_t most_connections_;
  struct Current {
    Listen listen = Listen::Refused;
    std::uint64_t watcher = 0;
  };
  std::vector<Current> current_{};  ///< by index of the host
};

}  // namespace rdpwatch::rdpsim
