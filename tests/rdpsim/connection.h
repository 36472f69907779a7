#pragma once

#include "tests/rdpsim/certificates.h"
#include "tests/rdpsim/fleet.h"
#include "tests/rdpsim/loop.h"
#include "tests/rdpsim/stats.h"

namespace rdpwatch::rdpsim {

/// What all connections share; outlives them.
struct Shared {
  Fleet fleet;
  Loop loop{};
  Stats stats{};
  Certificates certificates{};
  std::uint64_t random_state = 1;

  std::uint64_t random() { return random_state = mix(random_state, 0x5DEECE66D); }
};

/// One client, from accept to its end.
class Connection : public Watcher {
 public:
  Connection(Shared& shared, Fd fd, const Host& host, std::shared_ptr<const Behaviour> behaviour);
  ~Connection() override;

  /// To be called once after Loop::add.
  void begin();

  int descriptor() const override { return fd_.get(); }
  void on_event(std::uint32_t epoll_events) override;
  void on_timer() override;

  static constexpr seconds kLimit{120};  ///< of a connection's life

 private:
  enum class State : std::uint8_t {
    Request,    ///< waits for the X.224 request
    Handshake,  ///< in TLS
    Token,      ///< waits for a TSRequest
    Delayed,    ///< has an answer, waits to send it
    Sending,
    Silent,  ///< reads and drops
    Closing  ///< FIN sent, waits for the client's
  };

  // input
  void read_all();
  bool process();
  bool take_request();
  bool take_hello();
  bool take_token();
  void peer_ended(bool reset);

  // answers
  void answer(const Answer& answer, Bytes regular, State next, bool delayed);
  void negotiate(const Bytes& request);
  bool continue_handshake();
  void handshake_done(Bytes flight);
  void challenge(const Bytes& request);
  void flush();
  void answered();
  void begin_close();
  void abort();
  void destroy();

  // TLS
  void start_tls();
  void feed_tls();
  Bytes take_tls_output();
  Bytes fatal_alert();
  Bytes encrypt(const Bytes& plain);

  Shared& shared_;
  Fd fd_;
  const Host& host_;
  std::shared_ptr<const Behaviour> behaviour_;
  State state_ = State::Request;
  Clock::time_point started_ = Clock::now();
  Clock::time_point wake_ = Clock::time_point::max();
  bool done_ = false;
  bool waits_to_write_ = false;

  Bytes inbox_{};  // INVARIANT: at most kMostInput bytes
  std::uint32_t selected_ = 0;

  Bytes out_{};
  std::size_t out_at_ = 0;
  std::size_t out_total_ = 0;  // more than out_.size(): out_ over and over
  milliseconds pace_{0};
  Then then_ = Then::Continue;
  State next_ = State::Silent;

  Ssl ssl_{};
  bool first_flight_sent_ = false;
  bool handshake_done_ = false;
  Bytes plain_{};  // INVARIANT: at most kMostInput bytes
  unsigned tokens_ = 0;
};

}  // namespace rdpwatch::rdpsim
