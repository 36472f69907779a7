#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace rdpwatch::daemon {

/// Messages to whoever started the daemon as a service: the protocol of sd_notify(3), one datagram a message.
/// No library is needed for it. Without a service manager that listens, every call does nothing.
class ServiceManager {
 public:
  /// Nobody listens.
  ServiceManager() = default;
  /// `notify_socket` is a path, or a name in the abstract space when it starts with '@'; anything else means
  /// nobody. `watchdog` is how long the manager waits for a sign of life; 0: it does not.
  ServiceManager(const std::string& notify_socket, std::chrono::microseconds watchdog);
  /// From NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
  static ServiceManager from_environment();

  ~ServiceManager();
  ServiceManager(ServiceManager&& other) noexcept;
  ServiceManager& operator=(ServiceManager&& other) noexcept;
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;

  bool listens() const { return socket_ != -1; }
  std::chrono::microseconds watchdog() const { return watchdog_; }

  /// The start, or a reload, is over.
  void ready() const;
  void reloading() const;
  void stopping() const;
  /// One line for people; line ends in it become spaces.
  void status(std::string_view line) const;
  /// The sign of life.
  void alive() const;

 private:
  void send(std::string_view message) const;

  int socket_ = -1;  ///< connected; owned
  std::chrono::microseconds watchdog_{0};
};

}  // namespace rdpwatch::daemon
