#include "probes/net/dns_server.h"

#include <cerrno>
#include <utility>

#include <asio/post.hpp>

namespace rdpwatch::net {

namespace {

/// A truncated answer whose TCP answer failed: nothing more can be learnt from this server.
DnsReply beyond_repair(const DnsReply& over_tcp) {
  using Kind = DnsReply::Kind;
  std::string why = "the TCP answer is truncated as well";
  if (over_tcp.kind == Kind::Silent) why = "no answer over TCP";
  if (over_tcp.kind == Kind::Malformed) why = "over TCP: " + over_tcp.detail;
  if (over_tcp.kind == Kind::Unreachable) why = "over TCP: " + socket_error_text(over_tcp.error);
  return {.kind = Kind::Malformed, .error = over_tcp.error, .detail = "truncated answer, and " + why};
}

}  // namespace

DnsServer::DnsServer(asio::io_context& io, asio::ip::udp::endpoint endpoint,
                     std::chrono::milliseconds first_try)
    : io_{io}, endpoint_{std::move(endpoint)}, first_try_{first_try}, pace_{io} {}

void DnsServer::ask(std::string name, DnsType type, std::function<bool()> wanted, DnsReplyHandler done) {
  if (stopped_) return;
  waiting_.push_back({std::move(name), type, std::move(wanted), std::move(done)});
  pump();
}

void DnsServer::stop() {
  stopped_ = true;
  waiting_.clear();
  pace_.cancel();
  if (udp_) udp_->stop();
  if (tcp_) tcp_->stop();
}

/// Moves the two counters on to the current slot, and names it.
std::int64_t DnsServer::roll() {
  const auto now = Clock::now().time_since_epoch() / kSlot;
  if (now == slot_) return slot_;
  open_before_ = now == slot_ + 1 ? open_now_ : 0;
  open_now_ = 0;
  return slot_ = now;
}

void DnsServer::pump() {
  while (!waiting_.empty()) {
    roll();
    if (kWindow <= open_now_ + open_before_) break;
    auto question = std::move(waiting_.front());
    waiting_.pop_front();
    if (question.wanted()) send(std::move(question));
    else asio::post(io_, [done = std::move(question.done)] { done({.kind = DnsReply::Kind::Dropped}); });
  }
  if (waiting_.empty() || std::exchange(pacing_, true)) return;
  pace_.expires_after(kSlot);
  pace_.async_wait([self = weak_from_this()](asio::error_code error) {
    const auto server = self.lock();
    if (!server) return;
    server->pacing_ = false;
    if (!error && !server->stopped_) server->pump();
  });
}

void DnsServer::send(Question question) {
  if (!udp_) udp_ = DnsChannel::open(io_, endpoint_, DnsTransport::Udp, first_try_);
  if (!udp_) {
    asio::post(io_, [done = std::move(question.done)] {
      done({.kind = DnsReply::Kind::Unreachable, .error = ENOMEM});
    });
    return;
  }
  const auto slot = roll();
  ++open_now_;
  const auto name = question.name;
  const auto type = question.type;
  udp_->query(name, type, [self = weak_from_this(), question = std::move(question), slot](DnsReply reply) {
    if (const auto server = self.lock()) server->replied(question, slot, std::move(reply));
  });
}

void DnsServer::replied(const Question& question, std::int64_t slot, DnsReply reply) {
  if (stopped_) return;
  const auto now = roll();
  if (slot == now && 0 < open_now_) --open_now_;
  if (slot + 1 == now && 0 < open_before_) --open_before_;
  if (reply.kind == DnsReply::Kind::Answered && reply.answer.truncated) ask_over_tcp(question);
  else question.done(std::move(reply));
  pump();
}

void DnsServer::ask_over_tcp(const Question& question) {
  if (!tcp_) tcp_ = DnsChannel::open(io_, endpoint_, DnsTransport::Tcp, first_try_);
  if (!tcp_) return question.done({.kind = DnsReply::Kind::Unreachable, .error = ENOMEM});
  question.done({.kind = DnsReply::Kind::Truncated});
  tcp_->query(question.name, question.type, [done = question.done](DnsReply reply) {
    const bool whole = reply.kind == DnsReply::Kind::Answered && !reply.answer.truncated;
    done(whole ? std::move(reply) : beyond_repair(reply));
  });
}

}  // namespace rdpwatch::net
