#include "probes/net/climb.h"

#include <algorithm>
#include <array>
#include <utility>

#include "probes/handshake/credssp.h"
#include "probes/handshake/negotiation.h"
#include "probes/net/drive.h"
#include "probes/net/judge_certificate.h"
#include "probes/net/judge_host.h"
#include "probes/wire/constants.h"
#include "probes/wire/nego.h"
#include "probes/wire/tpkt.h"
#include "probes/wire/windows_release.h"

namespace rdpwatch::net {
namespace {

using Clock = std::chrono::steady_clock;
using wire::SecurityProtocol;

constexpr std::chrono::milliseconds kListen{500};

/// A Connection that is read no further than the end of the first TPKT, so that what follows it is left for
/// the TLS phase to judge.
class TpktStream {
 public:
  explicit TpktStream(Connection& connection) : connection_{connection} {}

  asio::awaitable<std::expected<void, IoFailure>> write_all(std::span<const std::uint8_t> bytes) {
    return connection_.write_all(bytes);
  }

  asio::awaitable<std::expected<std::size_t, IoFailure>> read_some(std::span<std::uint8_t> into) {
    auto size = co_await connection_.read_some(into);
    if (!size) co_return size;
    const auto had = std::exchange(seen_, seen_ + *size);
    for (auto i = had; i < header_.size() && i < seen_; ++i) header_[i] = into[i - had];
    const auto length = wire::tpkt_length(std::span{header_}.first(std::min(seen_, header_.size())));
    if (length && *length < seen_) {
      const auto excess = std::min(seen_ - *length, *size);
      connection_.unread(into.first(*size).last(excess));
      seen_ -= excess;
      *size -= excess;
    }
    co_return size;
  }

 private:
  Connection& connection_;
  std::array<std::uint8_t, wire::kTpktHeaderBytes> header_{};
  std::size_t seen_ = 0;
};

NlaEvidence evidence_of(const handshake::CredsspChallenge& answer,
                        std::chrono::system_clock::time_point ours) {
  const auto& challenge = answer.challenge;
  NlaEvidence evidence;
  evidence.credssp_version = answer.server_version;
  evidence.computer = challenge.computer.empty() ? challenge.target_name : challenge.computer;
  evidence.domain = challenge.domain;
  evidence.dns_name = challenge.dns_computer;
  evidence.dns_domain = challenge.dns_domain;
  evidence.forest = challenge.dns_forest;
  if (challenge.version) {
    evidence.os_build = wire::to_string(*challenge.version);
    evidence.os_release = wire::windows_release(*challenge.version);
  }
  if (challenge.timestamp) evidence.clock_skew = wire::clock_difference(*challenge.timestamp, ours);
  return evidence;
}

}  // namespace

void Climb::begin(Phase phase) {
  phase_began_ = Clock::now();
  const auto& limit = task_.module.phase_timeouts[ordinal(phase) - 1];
  task_.deadline.set(limit ? std::min(task_.until, phase_began_ + *limit) : task_.until);
  connection_.begin_phase();
}

void Climb::leave(Phase phase, Outcome outcome) {
  auto& result = result_.phases.emplace_back(PhaseResult{phase, outcome, Clock::now() - phase_began_});
  if (!connection_.is_open()) return;
  const auto resent = std::max(connection_.evidence().retransmits, resent_before_);
  result.retransmits = resent - std::exchange(resent_before_, resent);
}

bool Climb::pass(Phase phase) {
  leave(phase, Outcome::Ok);
  return true;
}

bool Climb::fail(Phase phase, std::optional<Observation> observation) {
  if (!observation) {
    result_.cancelled = true;
    return false;
  }
  leave(phase, Outcome::Failed);
  if (task_.trace) {
    std::string line{to_string(phase)};
    trace((line += " failed: ") += observation->detail);
  }
  result_.failure = PhaseStop{phase, *std::move(observation)};
  return false;
}

void Climb::skip(Phase phase) {
  if (phase <= task_.module.depth) result_.phases.push_back({phase, Outcome::Skipped, {}});
}

asio::awaitable<bool> Climb::connect(asio::ip::address address, std::string text, SteadyTime by) {
  begin(Phase::Connect);
  task_.deadline.set(std::min(task_.deadline.at(), by));
  result_.address = std::move(text);
  if (task_.trace) trace("connect " + result_.address);
  auto connected = co_await connection_.connect({address, task_.target.port});
  if (!connected) co_return fail(Phase::Connect, std::move(connected.error()));
  const auto took = Clock::now() - phase_began_;
  if (task_.listen_first && !co_await listen()) co_return false;
  switch (task_.listen_first ? connection_.peek() : *connected) {
    case EarlySign::Closed:
      co_return fail(Phase::Connect, Observation{Cause::ClosedOnAccept, std::nullopt,
                                                 "accepted, then closed before anything was sent"});
    case EarlySign::Reset:
      co_return fail(Phase::Connect, Observation{Cause::ResetOnAccept, std::nullopt,
                                                 "accepted, then reset before anything was sent"});
    case EarlySign::Greeting: greeted_ = true; break;
    case EarlySign::None: break;
  }
  if (task_.module.policy.connect_slow < took) {
    const auto ms = std::chrono::round<std::chrono::milliseconds>(took).count();
    result_.findings.push_back({Phase::Connect, Cause::ConnectSlow, std::nullopt,
                                "connected after " + std::to_string(ms) + " ms, the limit is " +
                                    std::to_string(task_.module.policy.connect_slow.count()) + " ms"});
  }
  co_return pass(Phase::Connect);
}

/// Gives the peer a moment to leave or to speak before we send anything: what it does then is its own doing.
asio::awaitable<bool> Climb::listen() {
  const auto until = task_.deadline.at();
  task_.deadline.set(std::min(until, Clock::now() + kListen));
  trace("listen before the first byte, as the try before ended without an answer");
  const auto end = co_await connection_.wait(Connection::Direction::Read);
  task_.deadline.set(until);
  if (end && end->end == IoEnd::Cancelled) co_return fail(Phase::Connect, std::nullopt);
  co_return true;
}

asio::awaitable<void> Climb::ascend() {
  if (task_.module.depth < Phase::Negotiate || !co_await negotiate()) co_return;
  const auto selected = SecurityProtocol{result_.negotiation->selected_protocol};
  if (selected == SecurityProtocol::Rdp) {
    skip(Phase::Tls);
    skip(Phase::Nla);
    co_return;
  }
  if (task_.module.depth < Phase::Tls || !co_await secure()) co_return;
  if (selected == SecurityProtocol::Ssl) {
    skip(Phase::Nla);
    co_return;
  }
  if (task_.module.depth < Phase::Nla) co_return;
  co_await authenticate_host();
}

asio::awaitable<bool> Climb::negotiate() {
  begin(Phase::Negotiate);
  connection_.begin_exchange();
  handshake::Negotiation machine{{handshake::kOfferAll, task_.module.cookie}};
  // Whoever speaks before the client is no RDP server: its greeting is read, and nothing is sent to it.
  if (greeted_) machine.step({});
  TpktStream stream{connection_};
  auto answer = co_await drive(stream, machine);
  if (!answer) co_return fail(Phase::Negotiate, std::move(answer.error()));
  auto& evidence = result_.negotiation.emplace();
  evidence.negotiation_data = answer->negotiation_data;
  evidence.selected_protocol = answer->selected_protocol;
  evidence.flags = answer->flags;
  if (!answer->negotiation_data)
    co_return fail(
        Phase::Negotiate,
        Observation{Cause::NegotiationAbsent, std::nullopt,
                    "the confirm has no negotiation data: the server knows Standard RDP Security only"});
  if (task_.trace)
    trace("negotiate selected " + std::string{wire::name_of(SecurityProtocol{answer->selected_protocol})});
  const TargetMemory none;
  const auto& memory = task_.memory != nullptr ? *task_.memory : none;
  judge_negotiation({evidence, task_.module.policy, memory.negotiation_flags, memory.nla_required},
                    result_.findings);
  co_return pass(Phase::Negotiate);
}

asio::awaitable<bool> Climb::secure() {
  begin(Phase::Tls);
  tls_.emplace(*tools_.tls, connection_);
  auto name = task_.host_is_address ? std::string{} : task_.target.host;
  if (name.ends_with('.')) name.pop_back();
  const auto done = co_await tls_->handshake(std::move(name));
  if (!done) {
    const auto& io = done.error().io;
    if (io && io->end == IoEnd::Cancelled) co_return fail(Phase::Tls, std::nullopt);
    co_return fail(Phase::Tls, tls_cause(done.error()));
  }
  SSL* const ssl = tls_->native();
  auto& evidence = result_.tls.emplace();
  const auto version = tls_version_from(SSL_version(ssl));
  evidence.version = version ? to_string(*version) : std::string_view{SSL_get_version(ssl)};
  const char* const cipher = SSL_CIPHER_standard_name(SSL_get_current_cipher(ssl));
  evidence.cipher = cipher != nullptr ? cipher : SSL_get_cipher_name(ssl);
  if (task_.trace) trace("tls " + evidence.version + " " + evidence.cipher);
  if (version && *version < task_.module.policy.min_tls)
    result_.findings.push_back({Phase::Tls, Cause::TlsBelowPolicy, std::nullopt,
                                evidence.version + ", the policy asks for at least " +
                                    std::string{to_string(task_.module.policy.min_tls)}});
  if (version && *version < config::TlsVersion::Tls13 && SSL_get_secure_renegotiation_support(ssl) != 1)
    result_.findings.push_back({Phase::Tls, Cause::LegacyRenegotiation, Severity::Warning,
                                "the server does not know secure renegotiation, RFC 5746"});
  judge_certificate(ssl);
  co_return pass(Phase::Tls);
}

void Climb::judge_certificate(SSL* ssl) {
  X509* const leaf = SSL_get0_peer_certificate(ssl);
  if (leaf == nullptr) return;
  const auto& policy = task_.module.policy;
  const auto& entry = tools_.certificates.look_up(*leaf, task_.target.host);
  result_.tls->certificate = entry.facts.certificate;
  result_.tls->hostname_match = entry.host_covered;
  std::optional<TrustVerdict> trust;
  if (!policy.trust_store.empty()) {
    std::string error;
    trust = tools_.trust.judge(policy.trust_store, entry.facts.certificate->fingerprint_sha256, *leaf,
                               SSL_get_peer_cert_chain(ssl), phase_began_, error);
    if (!trust) trace(error);
  }
  const auto* const expect = task_.target.expect.get();
  const bool by_expected_name = task_.host_is_address && !entry.host_covered && expect != nullptr &&
                                !expect->dns_name.empty() && covers(*leaf, expect->dns_name);
  judge_leaf({.facts = entry.facts,
              .policy = policy,
              .expect = expect,
              .before = task_.memory != nullptr ? task_.memory->certificate.get() : nullptr,
              .host = task_.target.host,
              .host_is_address = task_.host_is_address,
              .host_covered = entry.host_covered,
              .expected_name_covered = by_expected_name,
              .trust = std::move(trust),
              .now = std::chrono::system_clock::now()},
             result_.findings);
}

asio::awaitable<bool> Climb::authenticate_host() {
  begin(Phase::Nla);
  handshake::Credssp machine;
  auto answer = co_await drive(*tls_, machine);
  const auto round_trip = Clock::now() - phase_began_;
  if (!answer) {
    auto observation = std::move(answer.error());
    if (const auto alert = tls_->remote_alert(); observation && alert)
      observation->detail += ", TLS alert " + std::to_string(*alert) + " " + std::string{alert_name(*alert)};
    co_return fail(Phase::Nla, std::move(observation));
  }
  const auto ours = std::chrono::system_clock::now() -
                    std::chrono::duration_cast<std::chrono::system_clock::duration>(round_trip / 2);
  const auto& evidence = result_.nla.emplace(evidence_of(*answer, ours));
  if (task_.trace) trace("nla computer " + evidence.computer + ", build " + evidence.os_build);
  judge_host({.evidence = evidence,
              .policy = task_.module.policy,
              .expect = task_.target.expect.get(),
              .host = task_.target.host,
              .host_is_address = task_.host_is_address,
              .certificate_covers_host = result_.tls->hostname_match,
              .os_build_before =
                  task_.memory != nullptr ? std::string_view{task_.memory->os_build} : std::string_view{}},
             result_.findings);
  co_return pass(Phase::Nla);
}

asio::awaitable<std::optional<bool>> Climb::ask_nla_required() {
  begin(Phase::Negotiate);
  connection_.begin_exchange();
  handshake::Negotiation machine{{handshake::kOfferTlsOnly, task_.module.cookie}};
  TpktStream stream{connection_};
  const auto answer = co_await drive(stream, machine);
  if (answer) co_return false;
  result_.cancelled = !answer.error();
  if (answer.error() && answer.error()->cause == Cause::NlaRequired) co_return true;
  co_return std::nullopt;
}

void Climb::end() {
  if (!connection_.is_open()) return;
  if (!result_.connect && !result_.phases.empty() && result_.phases.front().outcome == Outcome::Ok)
    result_.connect = connection_.evidence();
  result_.handshake_rtt = connection_.handshake_rtt();
  const bool spoken = greeted_ || 1 < result_.phases.size();
  const bool secured = tls_ && SSL_is_init_finished(tls_->native()) == 1;
  if (secured && !result_.cancelled) tls_->send_close_notify();
  tls_.reset();
  if (spoken && !result_.cancelled) tools_.lingering.end(connection_.release());
  else connection_.close();
}

}  // namespace rdpwatch::net
