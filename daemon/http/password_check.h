#pragma once

#include <functional>
#include <string>

#include <asio/thread_pool.hpp>

namespace rdpwatch::daemon::http {

/// Whether a password fits a bcrypt hash. Takes a twentieth of a second and more, by design of the hash.
bool password_fits(const std::string& password, const std::string& hash);

/// Looks at passwords one after the other, on a thread of its own: whatever comes in, one processor at most
/// is kept busy by it.
class PasswordCheck {
 public:
  /// Waits for the hash that is being made; forgets those that wait.
  ~PasswordCheck();
  PasswordCheck() = default;
  PasswordCheck(const PasswordCheck&) = delete;
  PasswordCheck& operator=(const PasswordCheck&) = delete;

  /// Calls `done` on that thread.
  void start(std::string password, std::string hash, std::function<void(bool)> done);

 private:
  asio::thread_pool thread_{1};
};

}  // namespace rdpwatch::daemon::http
