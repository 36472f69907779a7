#include "daemon/service_manager.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <ctime>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

#include "daemon/unix_datagram.h"

namespace rdpwatch::daemon {
namespace {

std::string_view environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view{} : std::string_view{value};
}

/// 0 for what is not a number.
std::uint64_t number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? value : 0;
}

/// Of the clock that the protocol asks for, CLOCK_MONOTONIC.
std::uint64_t monotonic_microseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000 + static_cast<std::uint64_t>(now.tv_nsec) / 1'000;
}

}  // namespace

ServiceManager::ServiceManager(const std::string& notify_socket, std::chrono::microseconds watchdog)
    : socket_{connect_unix_datagram(notify_socket)} {
  if (listens()) watchdog_ = watchdog;
}

ServiceManager ServiceManager::from_environment() {
  const auto pid = environment("WATCHDOG_PID");
  const bool is_ours = pid.empty() || number(pid) == static_cast<std::uint64_t>(::getpid());
  const auto microseconds = is_ours ? number(environment("WATCHDOG_USEC")) : 0;
  return {std::string{environment("NOTIFY_SOCKET")},
          std::chrono::microseconds{static_cast<std::int64_t>(microseconds & INT64_MAX)}};
}

ServiceManager::~ServiceManager() {
  if (listens()) ::close(socket_);
}

ServiceManager::ServiceManager(ServiceManager&& other) noexcept
    : socket_{std::exchange(other.socket_, -1)}, watchdog_{other.watchdog_} {}

ServiceManager& ServiceManager::operator=(ServiceManager&& other) noexcept {
  std::swap(socket_, other.socket_);
  std::swap(watchdog_, other.watchdog_);
  return *this;
}

void ServiceManager::ready() const { send("READY=1"); }

void ServiceManager::reloading() const {
  send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic_microseconds()));
}

void ServiceManager::stopping() const { send("STOPPING=1"); }

void ServiceManager::status(std::string_view line) const {
  std::string message{"STATUS="};
  message += line;
  std::ranges::replace(message, '\n', ' ');
  send(message);
}

void ServiceManager::alive() const { send("WATCHDOG=1"); }

/// What cannot be told is lost: the next sign of life comes soon, and a manager that hears none acts by
/// itself.
void ServiceManager::send(std::string_view message) const {
  if (listens()) ::send(socket_, message.data(), message.size(), MSG_NOSIGNAL);
}

}  // namespace rdpwatch::daemon
