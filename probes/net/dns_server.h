#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include <asio/io_context.hpp>
#include <asio/ip/udp.hpp>
#include <asio/steady_timer.hpp>

#include "probes/net/dns_channel.h"

namespace rdpwatch::net {

/// One name server: paces what is sent to it and asks again over TCP when an answer is truncated.
///
/// A burst of thousands of questions would bring back more answers at once than the receive buffer holds. So
/// at most kWindow questions of the last two slots may be unanswered. Older ones do not count: a server
/// that is silent slows the next question by no more than a slot.
class DnsServer : public std::enable_shared_from_this<DnsServer> {
 public:
  static constexpr std::size_t kWindow = 64;
  static constexpr std::chrono::milliseconds kSlot{10};

  DnsServer(asio::io_context& io, asio::ip::udp::endpoint endpoint, std::chrono::milliseconds first_try);

  /// `wanted` is asked before the question leaves; Dropped when it says no. `done` is called from the
  /// event loop, once, or twice with Truncated first; not at all after stop().
  void ask(std::string name, DnsType type, std::function<bool()> wanted, DnsReplyHandler done);

  void stop();

  const asio::ip::udp::endpoint& endpoint() const { return endpoint_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Question {
    std::string name;
    DnsType type;
    std::function<bool()> wanted;
    DnsReplyHandler done;
  };

  void pump();
  void send(Question question);
  void replied(const Question& question, std::int64_t slot, DnsReply reply);
  void ask_over_tcp(const Question& question);
  std::int64_t roll();

  asio::io_context& io_;
  asio::ip::udp::endpoint endpoint_;
  std::chrono::milliseconds first_try_;
  asio::steady_timer pace_;
  std::shared_ptr<DnsChannel> udp_{};
  std::shared_ptr<DnsChannel> tcp_{};
  std::deque<Question> waiting_{};
  bool pacing_ = false;
  bool stopped_ = false;
  std::int64_t slot_ = 0;        ///< current slot, counted from the clock's epoch
  std::size_t open_now_ = 0;     ///< sent in the current slot and unanswered
  std::size_t open_before_ = 0;  ///< sent in the slot before and unanswered
};

}  // namespace rdpwatch::net
