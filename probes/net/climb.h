#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/address.hpp>

#include "config/config.h"
#include "probes/net/certificate.h"
#include "probes/net/connection.h"
#include "probes/net/deadline.h"
#include "probes/net/judgement.h"
#include "probes/net/lingering.h"
#include "probes/net/tls_context.h"
#include "probes/net/tls_stream.h"
#include "probes/net/trust.h"
#include "probes/probe.h"
#include "probes/report.h"

namespace rdpwatch::net {

/// What all climbs of a thread share.
struct ClimbTools {
  asio::io_context& io;
  TlsContext tls;
  CertificateCache certificates;
  TrustStores trust;
  Lingering lingering;
};

/// What a climb is to do. Everything referred to outlives it.
struct ClimbTask {
  const config::Target& target;
  const config::Module& module;
  Deadline& deadline;
  SteadyTime until{};  ///< end of the try
  const TraceSink& trace;
  const TargetMemory* memory = nullptr;  ///< nullptr: nothing to compare with
  bool host_is_address = false;
  /// A try before this one ended without an answer: wait a moment for the peer to speak or leave first.
  bool listen_first = false;
};

/// What a failed phase saw.
struct PhaseStop {
  Phase phase = Phase::Resolve;
  Observation observation{};
};

/// What one connection showed. `failure` and `cancelled` are exclusive.
struct ClimbResult {
  bool cancelled = false;
  std::optional<PhaseStop> failure{};
  Judgements findings{};
  std::vector<PhaseResult> phases{};
  std::string address{};
  std::optional<ConnectEvidence> connect{};
  std::chrono::microseconds handshake_rtt{};  ///< as Connection has it
  std::optional<NegotiationEvidence> negotiation{};
  std::optional<TlsEvidence> tls{};
  std::optional<NlaEvidence> nla{};
};

/// One connection to one address, phase by phase: connect(), then ascend() if that succeeded, then end().
class Climb {
 public:
  Climb(ClimbTools& tools, ClimbTask task)
      : tools_{tools}, task_{task}, connection_{tools.io, task.deadline} {
    result_.phases.reserve(ordinal(task.module.depth));
  }

  /// The connect phase, until `by` at the latest. True: connected, and the peer did not leave at once. `text`
  /// is the address as reports have it: made once a try, because writing one takes as long as ten
  /// allocations.
  asio::awaitable<bool> connect(asio::ip::address address, std::string text, SteadyTime by);

  /// Negotiate, tls and nla, as far as the module wants and the host goes.
  asio::awaitable<void> ascend();

  /// Asks whether the host insists on NLA, by offering TLS only, and leaves. Nothing: it did not tell.
  asio::awaitable<std::optional<bool>> ask_nla_required();

  /// Ends the connection politely and completes result(). Never waits.
  void end();

  ClimbResult& result() { return result_; }

 private:
  asio::awaitable<bool> listen();
  asio::awaitable<bool> negotiate();
  asio::awaitable<bool> secure();
  asio::awaitable<bool> authenticate_host();

  void begin(Phase phase);
  bool pass(Phase phase);
  bool fail(Phase phase, std::optional<Observation> observation);
  void skip(Phase phase);
  void leave(Phase phase, Outcome outcome);
  void judge_certificate(SSL* ssl);
  void trace(std::string_view line) const {
    if (task_.trace) task_.trace(line);
  }

  ClimbTools& tools_;
  ClimbTask task_;
  Connection connection_;
  std::optional<TlsStream> tls_;
  ClimbResult result_;
  SteadyTime phase_began_{};
  std::uint32_t resent_before_ = 0;  ///< the phase
  bool greeted_ = false;             ///< the peer spoke before we did
};

}  // namespace rdpwatch::net
