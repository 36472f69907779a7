#include "probes/net/deadline.h"

namespace rdpwatch::net {

using Clock = std::chrono::steady_clock;
using Timer = asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, asio::io_context::executor_type>;

struct Deadline::State : std::enable_shared_from_this<Deadline::State> {
  explicit State(asio::io_context& io) : timer{io} {}

  void arm() {
    armed = true;
    timer.expires_at(due);
    timer.async_wait([self = shared_from_this()](asio::error_code ec) {
      if (!ec) self->fired();
    });
  }

  void fired() {
    armed = false;
    if (due == SteadyTime::max()) return;
    if (Clock::now() < due) return arm();  // the deadline moved away while the timer ran
    if (why == Interrupt::None) why = Interrupt::Timeout;
    if (waiting != nullptr) waiting->interrupt();
  }

  Timer timer;
  SteadyTime due = SteadyTime::max();
  Interrupt why = Interrupt::None;
  Interruptible* waiting = nullptr;
  bool armed = false;
};

Deadline::Deadline(asio::io_context& io) : state_{std::make_shared<State>(io)} {}

Deadline::~Deadline() {
  state_->waiting = nullptr;
  state_->due = SteadyTime::max();
  state_->timer.cancel();
}

void Deadline::set(SteadyTime at) {
  state_->due = at;
  if (state_->why == Interrupt::Timeout) state_->why = Interrupt::None;
  if (!state_->armed || at < state_->timer.expiry()) state_->arm();
}

void Deadline::clear() {
  state_->due = SteadyTime::max();
  if (state_->why == Interrupt::Timeout) state_->why = Interrupt::None;
}

void Deadline::cancel() {
  state_->why = Interrupt::Cancelled;
  if (state_->waiting != nullptr) state_->waiting->interrupt();
}

SteadyTime Deadline::at() const { return state_->due; }

Interrupt Deadline::state() const {
  if (state_->why != Interrupt::None || state_->due == SteadyTime::max()) return state_->why;
  return state_->due <= Clock::now() ? Interrupt::Timeout : Interrupt::None;
}

void Deadline::attach(Interruptible& waiting) { state_->waiting = &waiting; }

void Deadline::detach() { state_->waiting = nullptr; }

}  // namespace rdpwatch::net
