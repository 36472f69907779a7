#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/ip/address.hpp>
#include <asio/steady_timer.hpp>

#include "probes/net/dns_name.h"
#include "probes/net/dns_server.h"
#include "probes/taxonomy/cause.h"

namespace rdpwatch::net {

/// Addresses that DNS gave for one name.
struct DnsAddresses {
  std::vector<asio::ip::address> addresses{};  ///< never empty; A before AAAA, unsorted
  std::chrono::seconds ttl{};
  std::vector<Observation> notes{};  ///< PartialAddresses when one of A and AAAA got no answer
};

/// Asks for A and AAAA of each name of a search list until one has addresses, of each server until one knows.
/// Independent of those who wait for it: they leave at their deadlines, it ends when c-ares has given up.
class DnsLookup : public std::enable_shared_from_this<DnsLookup> {
 public:
  using Outcome = std::expected<DnsAddresses, Observation>;

  /// `patience`: how long a silent server is waited for before the next one is asked as well. A missing
  /// AAAA (or A) is waited for half as long again once the other one is there, so that one lost packet is no
  /// finding.
  DnsLookup(asio::io_context& io, SearchList search, std::vector<std::shared_ptr<DnsServer>> servers,
            std::chrono::milliseconds patience);

  /// `ended` is called once, from the event loop; not at all after abandon().
  void start(std::function<void()> ended);

  /// Asks nothing more, and forgets what is under way.
  void abandon();

  bool done() const { return outcome_.has_value(); }

  /// The result; before the end, what it is if nothing more comes.
  Outcome outcome() const;

  /// Questions that are still to be sent are dropped when this says no.
  std::function<bool()> wanted{};

 private:
  using Clock = std::chrono::steady_clock;

  struct Asked {
    Clock::time_point at{};
    std::optional<Clock::time_point> replied_at{};
    DnsReply reply{};  ///< Silent or Truncated until it came
  };
  struct Half {  ///< one of A and AAAA
    DnsType type = DnsType::A;
    std::vector<Asked> asked{};               ///< by server, in their order
    std::optional<std::size_t> conclusive{};  ///< index into `asked`
    bool over = false;
  };

  void start_name();
  void ask_next(Half& half);
  void replied(std::size_t name, std::size_t half, std::size_t server, DnsReply reply);
  void progress();
  void end_name();
  void finish(Outcome outcome);
  void arm_patience();
  void arm_grace();

  const Asked* decisive(const Half& half) const;
  Outcome settle() const;
  Outcome failure(const Asked& a, const Asked& aaaa) const;
  Outcome best_failure() const;
  std::string story(const Half& half) const;
  std::string story() const;

  asio::io_context& io_;
  SearchList search_;
  std::vector<std::shared_ptr<DnsServer>> servers_;
  std::chrono::milliseconds patience_;
  asio::steady_timer patience_timer_;
  asio::steady_timer grace_timer_;
  bool grace_armed_ = false;
  std::function<void()> ended_{};
  std::size_t name_ = 0;  ///< index into search_.names
  std::array<Half, 2> halves_{};
  std::vector<std::pair<std::size_t, Observation>> failures_{};  ///< of the names before, by index
  std::optional<Outcome> outcome_{};
};

}  // namespace rdpwatch::net
