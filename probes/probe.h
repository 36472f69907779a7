#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>

#include "config/config.h"
#include "probes/report.h"
#include "probes/target_memory.h"

namespace rdpwatch {

/// Which share of the connection budget a TCP connection counts to (design.md section 5, invariant 1).
enum class ConnectionKind : std::uint8_t {
  Scheduled,
  Retry,
  AdHoc,
  ByAddress,
  PathTrace,  ///< all SYNs of one trace, of which most never reach the host
};
inline constexpr std::size_t kConnectionKinds = 5;

/// Asked once before every TCP connection with the address and port about to be connected. False: the budget
/// does not allow it now; the probe goes without that connection (a retry asks again for up to a second).
using ConnectionPermit = std::function<bool(const std::string& address, std::uint16_t port, ConnectionKind)>;

/// Receives the debug trace of one probe, one line a call, sanitised, without secrets.
using TraceSink = std::function<void(std::string_view line)>;

struct ProbeRequest {
  std::shared_ptr<const config::Target> target{};
  TargetMemory* memory = nullptr;  ///< may be nullptr; must outlive the probe
  ConnectionKind kind = ConnectionKind::Scheduled;
  ConnectionPermit permit{};                           ///< empty: everything is allowed
  TraceSink trace{};                                   ///< empty: no trace
  std::chrono::seconds baseline{};                     ///< window of `memory->baseline`; 0: not kept
  bool bypass_name = false;                            ///< climb by address beside a name in doubt
  std::optional<int> retries{};                        ///< overrides the module's
  std::optional<std::chrono::milliseconds> timeout{};  ///< upper bound besides the module's
};

enum class ProbeEnd : std::uint8_t {
  Finished,   ///< `report` is valid
  Budget,     ///< the first connection was not permitted; nothing was published
  Cancelled,  ///< the daemon stops; nothing is to be published
};

struct ProbeResult {
  ProbeEnd end = ProbeEnd::Cancelled;
  std::shared_ptr<const ProbeReport> report{};
};

struct ProberOptions {
  std::size_t certificate_cache = 16'384;  ///< parsed leaves kept, by fingerprint
};

/// Climbs targets. One per thread: it owns what probes of a thread share (TLS context, resolver with its
/// cache, parsed certificates, trust stores) and is not safe for use from other threads. Must outlive its
/// probes.
class Prober {
 public:
  Prober(asio::io_context& io, ProberOptions options = {});
  ~Prober();
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;

  /// One probe: climbs the phases up to the module's depth, stops at the first failure, retries once more as
  /// the module says. Never throws for anything that a peer, a resolver or a clock can do. Stops at once on
  /// cancellation of the spawning coroutine or stop().
  asio::awaitable<ProbeResult> probe(ProbeRequest request);

  /// Ends every running probe: they return ProbeEnd::Cancelled after their sockets are closed.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rdpwatch
