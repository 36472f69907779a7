#include "daemon/http/connections.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include <poll.h>
#include <sys/socket.h>

#include "daemon/http/message.h"

namespace rdpwatch::daemon::http {

void end(const ConnectionState& state) {
  if (state.descriptor != -1) ::shutdown(state.descriptor, SHUT_RDWR);
}

namespace {

bool takes_more(const ConnectionState& state) {
  pollfd poll_for{state.descriptor, POLLOUT, 0};
  return ::poll(&poll_for, 1, 0) == 1;
}

}  // namespace

void Connections::add(const std::shared_ptr<ConnectionState>& state) {
  state->meter = RequestMeter{limits_.request};
  state->waiting_since = std::chrono::steady_clock::now();
  open_[state->id] = state;
}

std::shared_ptr<ConnectionState> Connections::find(std::uint64_t id) const {
  const auto it = open_.find(id);
  return it == open_.end() ? nullptr : it->second.lock();
}

void Connections::request_began(std::uint64_t id) {
  if (const auto state = find(id)) state->answering = true;
}

void Connections::response_ended(std::uint64_t id) {
  if (const auto state = find(id)) {
    state->answering = false;
    state->waiting_since = std::chrono::steady_clock::now();
  }
}

bool Connections::evict_one() {
  std::shared_ptr<ConnectionState> oldest;
  for (const auto& [id, weak] : open_) {
    const auto state = weak.lock();
    if (!state || state->answering) continue;
    if (!oldest || state->waiting_since < oldest->waiting_since) oldest = state;
  }
  if (!oldest) {
    const auto states = writing();
    const auto slow = std::ranges::find_if_not(states, [](const auto& state) { return takes_more(*state); });
    if (slow == states.end()) return false;
    oldest = *slow;
  }
  end(*oldest);
  remove(oldest->id);
  return true;
}

std::vector<std::shared_ptr<ConnectionState>> Connections::writing() const {
  std::vector<std::shared_ptr<ConnectionState>> states;
  for (const auto& [id, weak] : open_)
    if (auto state = weak.lock(); state && state->writing_since) states.push_back(std::move(state));
  std::ranges::sort(states, {}, [](const auto& state) { return *state->writing_since; });
  return states;
}

std::size_t Connections::end_slow_readers() {
  const auto now = std::chrono::steady_clock::now();
  const auto states = writing();
  std::size_t left = states.size();
  for (const auto& state : states) {
    if (now - *state->writing_since <= limits_.shared_write_time / left) break;
    if (takes_more(*state)) continue;  // it waits for us
    end(*state);
    --left;
  }
  return left;
}

void Connections::end_waiting() {
  for (const auto& [id, weak] : open_)
    if (const auto state = weak.lock(); state && !state->answering) end(*state);
}

void Connections::end_all() {
  for (const auto& [id, weak] : open_)
    if (const auto state = weak.lock()) end(*state);
  open_.clear();
}

void refuse(ConnectionState& state, int status, std::string_view sentence) {
  if (state.told_end || state.descriptor == -1) return;
  state.told_end = true;
  std::string response = "HTTP/1.1 " + status_line(status) +
                         "\r\nContent-Length: " + std::to_string(sentence.size()) +
                         "\r\nConnection: close\r\n";
  if (!sentence.empty()) response += "Content-Type: text/plain; charset=utf-8\r\n";
  for (const auto& [name, value] : state.security->headers) response += name + ": " + value + "\r\n";
  response.append("\r\n").append(sentence);
  if (state.tls && state.tls->is_open()) {
    state.tls->write(asio::buffer(response));
    return;
  }
  // What is not encrypted is for those who did not encrypt either.
  if (state.security->tls && !(state.tls && state.tls->is_not_tls())) return;
  (void)!::send(state.descriptor, response.data(), response.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void refuse_size(ConnectionState& state, RequestMeter::Verdict verdict) {
  if (verdict == RequestMeter::Verdict::BodyTooLarge)
    refuse(state, 413,
           "the body of this request may have " + std::to_string(state.meter.body_limit()) + " bytes\n");
  else refuse(state, 431);
  if (state.tls) state.tls->say_end();
  if (state.descriptor != -1) ::shutdown(state.descriptor, SHUT_WR);
}

bool discard(ConnectionState& state) {
  constexpr std::size_t kMost = 1024 * 1024;
  if (state.descriptor == -1 || kMost < state.discarded) return false;
  std::array<char, 16 * 1024> bytes;
  const auto size = ::recv(state.descriptor, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (0 < size) state.discarded += static_cast<std::size_t>(size);
  return 0 < size || (size < 0 && (errno == EAGAIN || errno == EINTR));
}

void LimitedSocket::shutdown(shutdown_type what, asio::error_code& ec) {
  if (state_->meter.mid_request() && !state_->answering) {
    const auto connections = connections_.lock();
    const auto waited = std::chrono::steady_clock::now() - state_->waiting_since;
    refuse(*state_, connections && connections->limits().request_time <= waited ? 408 : 400);
  }
  if (state_->tls) state_->tls->say_end();
  asio::ip::tcp::socket::shutdown(what, ec);
}

void LimitedSocket::close() {
  // What it did not take would stay in the kernel for minutes.
  asio::error_code ignored;
  if (state_ && state_->writing_since) set_option(linger{true, 0}, ignored);
  forget();
  asio::ip::tcp::socket::close();
}

void LimitedSocket::forget() {
  if (!state_) return;  // moved from
  state_->descriptor = -1;
  if (const auto connections = connections_.lock()) connections->remove(state_->id);
}

}  // namespace rdpwatch::daemon::http
