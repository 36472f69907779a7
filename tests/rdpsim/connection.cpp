#include "tests/rdpsim/connection.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "tests/rdpsim/messages.h"

namespace rdpwatch::rdpsim {
namespace {

constexpr std::size_t kMostInput = 64 * 1024;
constexpr std::size_t kMostRequest = 4096;
constexpr seconds kCloseLimit{2};

}  // namespace

Connection::Connection(Shared& shared, Fd fd, const Host& host, std::shared_ptr<const Behaviour> behaviour)
    : shared_{shared}, fd_{std::move(fd)}, host_{host}, behaviour_{std::move(behaviour)} {
  Stats& stats = shared_.stats;
  stats.most_open = std::max(stats.most_open, ++stats.open);
}

Connection::~Connection() { --shared_.stats.open; }

void Connection::begin() {
  shared_.loop.wake(id, started_ + kLimit);
  const Answer& on_accept = behaviour_->connect.answer;
  if (on_accept.send || on_accept.then != Then::Continue) answer(on_accept, {}, State::Request, false);
}

void Connection::on_event(std::uint32_t epoll_events) {
  if ((epoll_events & EPOLLOUT) != 0 && state_ == State::Sending) flush();
  if (!done_ && (epoll_events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read_all();
}

void Connection::on_timer() {
  const auto now = Clock::now();
  if (done_) return;
  if (started_ + kLimit <= now) {
    ++shared_.stats.ended_by_limit;
    return abort();
  }
  if (now < wake_) return;
  wake_ = Clock::time_point::max();
  if (state_ == State::Closing) return destroy();
  if (state_ == State::Delayed) state_ = State::Sending;
  if (state_ == State::Sending) flush();
}

void Connection::read_all() {
  std::array<std::uint8_t, 16 * 1024> chunk;
  for (;;) {
    const ssize_t size = ::recv(fd_.get(), chunk.data(), chunk.size(), 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) break;
    if (size <= 0) {
      while (!done_ && process()) {
      }
      if (!done_) peer_ended(size < 0);
      return;
    }
    if (state_ == State::Closing) continue;
    const auto room = std::min(static_cast<std::size_t>(size), kMostInput - inbox_.size());
    inbox_.insert(inbox_.end(), chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(room));
    while (!done_ && process()) {
    }
    if (done_) return;
    if (static_cast<std::size_t>(size) < chunk.size()) break;
  }
}

/// Consumes input as far as the state allows; true when it is worth another call.
bool Connection::process() {
  switch (state_) {
    case State::Request: return take_request();
    case State::Handshake: return take_hello();
    case State::Token: return take_token();
    case State::Silent:
      if (handshake_done_) feed_tls();
      inbox_.clear();
      plain_.clear();
      return false;
    case State::Delayed:
    case State::Sending:
    case State::Closing: return false;
  }
  return false;
}

bool Connection::take_request() {
  if (inbox_.size() < 4 && (inbox_.empty() || inbox_[0] == 3)) return false;
  const std::size_t length = inbox_[0] == 3 ? std::size_t{inbox_[2]} << 8 | inbox_[3] : 0;
  if (length < 11 || kMostRequest < length) {
    ++shared_.stats.bad_requests;
    inbox_.clear();
    begin_close();
    return false;
  }
  if (inbox_.size() < length) return false;
  const auto end = inbox_.begin() + static_cast<std::ptrdiff_t>(length);
  const Bytes request{inbox_.begin(), end};
  inbox_.erase(inbox_.begin(), end);
  ++shared_.stats.requests;
  negotiate(request);
  return true;
}

/// Waits for the whole first record, so that what a host says about it does not depend on packets.
bool Connection::take_hello() {
  if (inbox_.empty()) return false;
  if (!first_flight_sent_) {
    constexpr std::size_t kHeader = 5;
    if (inbox_.size() < kHeader) return false;
    if (inbox_[0] == 0x16 && inbox_.size() < kHeader + (std::size_t{inbox_[3]} << 8 | inbox_[4]))
      return false;
  }
  return continue_handshake();
}

bool Connection::take_token() {
  feed_tls();
  const auto length = der_length(plain_);
  if (!length || (*length != 0 && *length <= kMostInput && plain_.size() < *length)) return false;
  if (*length == 0 || kMostInput < *length) {
    ++shared_.stats.bad_requests;
    begin_close();
    return false;
  }
  const auto end = plain_.begin() + static_cast<std::ptrdiff_t>(*length);
  const Bytes request{plain_.begin(), end};
  plain_.erase(plain_.begin(), end);
  challenge(request);
  return true;
}

void Connection::peer_ended(bool reset) {
  Stats& stats = shared_.stats;
  if (state_ == State::Closing) return destroy();
  if (handshake_done_ && !reset) {
    feed_tls();
    const bool notified = (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
    ++(notified ? stats.close_notify : stats.missing_close_notify);
  }
  ++(reset ? stats.ended_by_reset : stats.ended_by_fin);
  destroy();
}

void Connection::answer(const Answer& answer, Bytes regular, State next, bool delayed) {
  out_ = answer.send ? *answer.send : std::move(regular);
  if (answer.cut && *answer.cut < out_.size()) out_.resize(*answer.cut);
  out_at_ = 0;
  out_total_ = out_.empty() ? 0 : std::max(answer.repeat, out_.size());
  if (out_.size() < out_total_) {
    constexpr std::size_t kPattern = 16 * 1024;
    const std::size_t once = out_.size();
    while (out_.size() < std::min(kPattern, out_total_)) out_.push_back(out_[out_.size() % once]);
  }
  pace_ = answer.pace;
  then_ = answer.then;
  next_ = next;
  milliseconds delay = answer.delay;
  if (delayed) {
    delay += behaviour_->latency;
    if (0 < behaviour_->jitter.count())
      delay += milliseconds{static_cast<std::int64_t>(
          shared_.random() % static_cast<std::uint64_t>(behaviour_->jitter.count()))};
  }
  state_ = 0 < delay.count() ? State::Delayed : State::Sending;
  if (state_ == State::Sending) return flush();
  wake_ = Clock::now() + delay;
  shared_.loop.wake(id, wake_);
}

void Connection::flush() {
  while (out_at_ < out_total_) {
    const std::size_t from = out_at_ % out_.size();
    std::size_t size = std::min(out_.size() - from, out_total_ - out_at_);
    if (0 < pace_.count()) size = 1;
    const ssize_t sent = ::send(fd_.get(), out_.data() + from, size, MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
      if (!std::exchange(waits_to_write_, true)) shared_.loop.change(*this, EPOLLIN | EPOLLOUT);
      return;
    }
    if (sent < 0) return peer_ended(true);
    out_at_ += static_cast<std::size_t>(sent);
    if (0 < pace_.count() && out_at_ < out_total_) {
      wake_ = Clock::now() + pace_;
      shared_.loop.wake(id, wake_);
      return;
    }
  }
  if (std::exchange(waits_to_write_, false)) shared_.loop.change(*this, EPOLLIN);
  answered();
}

void Connection::answered() {
  Bytes{}.swap(out_);
  switch (then_) {
    case Then::Continue:
      state_ = next_;
      while (!done_ && process()) {
      }
      return;
    case Then::CloseNotify:
      if (handshake_done_) {
        SSL_shutdown(ssl_.get());
        answer({}, take_tls_output(), State::Silent, false);
      }
      [[fallthrough]];
    case Then::Close: return begin_close();
    case Then::Reset: ++shared_.stats.ended_by_us; return abort();
    case Then::Silence: state_ = State::Silent; return;
  }
}

/// FIN now; what the client still sends is read, because a close with unread bytes would be a reset.
void Connection::begin_close() {
  if (done_) return;
  ++shared_.stats.ended_by_us;
  ::shutdown(fd_.get(), SHUT_WR);
  state_ = State::Closing;
  wake_ = Clock::now() + kCloseLimit;
  shared_.loop.wake(id, wake_);
}

void Connection::abort() {
  const linger at_once{1, 0};
  ::setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  destroy();
}

void Connection::destroy() {
  done_ = true;
  shared_.loop.remove(id);
}

}  // namespace rdpwatch::rdpsim
