#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "probes/path/answer.h"

namespace rdpwatch::path {

inline constexpr int kMaxHops = 30;
/// After so many hops without a word, one last SYN goes all the way. Few, since behind them may be the host:
/// with these and the last, no more than three SYNs of a trace reach a host that is silent.
inline constexpr int kMaxSilentHops = 2;
/// No SYN of a trace is in flight for as long as it takes the kernel to send it again.
inline constexpr std::chrono::milliseconds kHopPatience{900};
/// Routers need three seconds to say that nobody answers for an address.
inline constexpr std::chrono::milliseconds kLastPatience{3500};
inline constexpr int kMaxSyns = kMaxHops + 3;

struct Hop {
  int ttl = 0;
  std::string address{};  ///< empty: nobody answered
  std::chrono::nanoseconds rtt{};
};

/// How a trace ended.
enum class End : std::uint8_t {
  Accepted,       ///< the host takes the connection
  Refused,        ///< RST of the host itself
  ResetOnTheWay,  ///< RST of somebody nearer than the host
  ResetUnplaced,  ///< RST, and nothing tells whose
  Rejected,       ///< ICMP error of `by`
  Silent,         ///< behind hop `at` nothing answers any more
  Loop,           ///< hops `loop_from` to `at` hand the packet around
  Local,          ///< this machine did not send: `error_number`
  TooLong,        ///< kMaxHops routers answered, and none was the host
  Echoed,         ///< asked by echo requests alone: the host answers at hop `host_hop`
  NoEcho,         ///< ... and it does not; the last router that answers is hop `at`
  Stopped,        ///< out of time, or interrupted
};

/// Who sent the answer that ended the trace.
enum class By : std::uint8_t { Unknown, Us, Router, Host };

/// What a trace of the path to a TCP port saw.
struct PathTrace {
  std::vector<Hop> hops{};  ///< one for each time to live that was tried, without those that ended the trace
  End end = End::Stopped;
  By by = By::Unknown;
  int at = 0;  ///< of Router: its hop, 0 when not known. Else the last hop that answered, 0 for none
  int loop_from = 0;
  int answered_ttl = 0;     ///< time to live of the SYN whose answer ended the trace; 0: the system's own
  int host_hop = 0;         ///< where the host answered; 0: not known
  bool translated = false;  ///< a router on the way spoke with the host's address: somebody translates
  std::optional<net::IcmpError> icmp{};
  int error_number = 0;
  /// After silence: what became of an echo request one hop further. Empty: not asked.
  std::optional<Answer> echo_beyond{};
  int syns = 0;    ///< connections begun; the kernel sends the SYN of the last one up to three times
  int echoes = 0;  ///< echo requests sent
};

/// Decides what a path trace sends next and what the answers mean. SYNs to the port with rising time to live
/// find the routers. One that is answered by RST leaves open who sent it, since whoever resets writes the
/// host's address into the packet; so echo requests and the kernel's filter on the time to live of what comes
/// in (IP_MINTTL) place it: a RST is somebody else's only when it has more left than the host's echo replies
/// and not more than any system with the same initial value could have; it is the host's own only when it has
/// just what they have. Everything else stays unplaced.
/// No socket, no clock. Call begin(), then step() with each answer until it says Done.
class Trace {
 public:
  struct Syn {
    int ttl = 0;      ///< 0: the system's own
    int min_ttl = 0;  ///< answers with less left are not to be seen; 0: all are
    std::chrono::milliseconds patience = kHopPatience;
  };
  struct Echo {
    int ttl = 0;  ///< 0: the system's own
  };
  struct Done {};
  using Action = std::variant<Syn, Echo, Done>;

  /// `host`: the address of the target, as text.
  explicit Trace(std::string_view host) : host_{host} {}

  Action begin();
  Action step(const Answer& answer);
  /// Ends the trace in place of the action that was to be done next, which does not count.
  void abandon(const Action& undone);

  PathTrace& result() { return result_; }

 private:
  enum class Stage : std::uint8_t {
    Hops,
    Last,
    ResetEcho,
    ResetNearer,
    ResetFarther,
    ResetSame,
    BeyondSilence,
    Done
  };

  Action syn(Stage stage, Syn question);
  Action echo(Stage stage, Echo question);
  Action finish(End end, By by = By::Unknown, int at = 0);
  Action at_hop(const Answer& answer);
  Action at_last(const Answer& answer);
  Action final_answer(const Answer& answer, int ttl);
  Action rejected(const Answer& answer, int ttl);
  Action nearer(const Answer& answer);
  Action unplaced();
  Action placed_by_echo(const Answer& answer);
  Action reset_on_the_way();
  bool found_loop();
  int last_answering() const;
  int hop_of(std::string_view address) const;

  std::string host_;
  PathTrace result_{};
  Stage stage_ = Stage::Hops;
  int ttl_ = 0;       ///< of the SYN under way
  int silent_ = 0;    ///< hops in a row
  int host_ttl_ = 0;  ///< what was left of it in the host's echo reply
};

}  // namespace rdpwatch::path
