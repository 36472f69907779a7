#pragma once

#include <memory>

#include <asio/io_context.hpp>

#include "config/web_file.h"
#include "daemon/audit.h"
#include "daemon/http/message.h"
#include "daemon/http/peer_buckets.h"

namespace rdpwatch::daemon::http {

/// What clients may ask for before they are told to wait.
struct GuardLimits {
  PeerBuckets::Rate wrong_passwords{.burst = 10, .period = std::chrono::milliseconds{3'000}};
  PeerBuckets::Rate changes{.burst = 30, .period = std::chrono::milliseconds{500}};  ///< POST
  std::size_t passwords_waiting = 16;  ///< to be looked at, of all clients
  std::size_t passwords_kept = 256;    ///< right ones that are known again, and as many wrong ones
};

/// Stands before all doors: lets through whoever may pass, with the name that was proved. Runs on `io`.
class Guard {
 public:
  using Audit = std::function<void(const AuditEntry& entry)>;

  /// `audit` gets what was to be changed by somebody who did not prove a name.
  Guard(asio::io_context& io, Handler doors, Audit audit, GuardLimits limits = {});
  ~Guard();
  Guard(const Guard&) = delete;
  Guard& operator=(const Guard&) = delete;

  /// From now on only these may pass; everybody when there are none.
  void admit(std::map<std::string, std::string, std::less<>> users_and_hashes);

  /// For HttpServer; may outlive the Guard.
  Handler handler() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace rdpwatch::daemon::http
