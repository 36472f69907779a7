#include "probes/net/dns_channel.h"

#include <cerrno>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "probes/net/dns_name.h"

namespace rdpwatch::net {

namespace {

/// c-ares looks at its time-outs this often; finer is not needed, because requests have their own deadlines.
constexpr std::chrono::milliseconds kTick{25};
constexpr int kTries = 2;
constexpr int kMaxUdpAnswer = 512;       // RFC 1035 section 2.3.4
constexpr int kReceiveBuffer = 1 << 20;  // the kernel cuts it to net.core.rmem_max

bool is_final(int error) {
  return error != EAGAIN && error != EWOULDBLOCK && error != EINPROGRESS && error != EINTR;
}

/// The socket calls of c-ares, made here because it keeps no errno. `user` is the channel's last_error_.
template <class Result>
Result noting_error(Result result, void* user) {
  if (result < 0 && is_final(errno)) *static_cast<int*>(user) = errno;
  return result;
}

int open_socket(int domain, int type, int protocol, void* user) {
  const int descriptor = noting_error(::socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol), user);
  if (0 <= descriptor)
    ::setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);
  return descriptor;
}

int close_socket(int descriptor, void*) { return ::close(descriptor); }

int connect_socket(int descriptor, const sockaddr* address, ares_socklen_t size, void* user) {
  return noting_error(::connect(descriptor, address, size), user);
}

ares_ssize_t receive(int descriptor, void* data, std::size_t size, int flags, sockaddr* from,
                     ares_socklen_t* from_size, void* user) {
  const auto got = noting_error(::recvfrom(descriptor, data, size, flags, from, from_size), user);
  if (got == 0) *static_cast<int*>(user) = 0;
  return got;
}

ares_ssize_t send_vector(int descriptor, const iovec* parts, int count, void* user) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(parts);
  message.msg_iovlen = static_cast<std::size_t>(count);
  return noting_error(::sendmsg(descriptor, &message, MSG_NOSIGNAL), user);
}

constexpr ares_socket_functions kSocketFunctions{open_socket, close_socket, connect_socket, receive,
                                                 send_vector};

}  // namespace

std::string socket_error_text(int error) {
  if (error == 0) return "connection closed";
  std::string text = std::strerror(error);
  text.replace(0, 1, lower(text.substr(0, 1)));
  return text;
}

struct DnsChannel::Socket {
  Socket(asio::io_context& io, int descriptor) : stream{io, descriptor} {}
  asio::posix::stream_descriptor stream;
  bool open = true;
  bool want_read = false, want_write = false;  ///< what c-ares asked for
  bool reading = false, writing = false;       ///< what is being waited for
};

struct DnsChannel::Question {
  std::weak_ptr<DnsChannel> channel;
  DnsType type;
  DnsReplyHandler done;
};

DnsChannel::DnsChannel(asio::io_context& io, DnsTransport transport)
    : io_{io}, transport_{transport}, tick_{io} {}

DnsChannel::~DnsChannel() { stop(); }

std::shared_ptr<DnsChannel> DnsChannel::open(asio::io_context& io, const asio::ip::udp::endpoint& server,
                                             DnsTransport transport, std::chrono::milliseconds first_try) {
  std::shared_ptr<DnsChannel> self{new DnsChannel{io, transport}};
  ares_options options{};
  options.flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_IGNTC | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
  if (transport == DnsTransport::Tcp) options.flags |= ARES_FLAG_USEVC;
  options.timeout = static_cast<int>(first_try.count());
  options.tries = kTries;
  options.sock_state_cb = [](void* user, int descriptor, int readable, int writable) {
    static_cast<DnsChannel*>(user)->watch(descriptor, readable != 0, writable != 0);
  };
  options.sock_state_cb_data = self.get();
  // What would be read from files otherwise does not matter here: one server, no search, no look-up order.
  char lookups[] = "b";
  options.lookups = lookups;
  options.ndots = 1;
  char no_file[] = "/dev/null";
  options.resolvconf_path = no_file;
  const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB |
                   ARES_OPT_LOOKUPS | ARES_OPT_NDOTS | ARES_OPT_RESOLVCONF | ARES_OPT_NOROTATE;
  if (ares_init_options(&self->channel_, &options, mask) != ARES_SUCCESS) return nullptr;
  ares_set_socket_functions(self->channel_, &kSocketFunctions, &self->last_error_);
  if (ares_set_servers_ports_csv(self->channel_, to_text(server).c_str()) != ARES_SUCCESS) return nullptr;
  return self;
}

void DnsChannel::stop() {
  tick_.cancel();
  if (channel_ != nullptr) ares_destroy(std::exchange(channel_, nullptr));
}

void DnsChannel::query(const std::string& name, DnsType type, DnsReplyHandler done) {
  if (channel_ == nullptr) return;
  ++outstanding_;
  auto question = std::make_unique<Question>(Question{weak_from_this(), type, std::move(done)});
  ares_query(channel_, name.c_str(), 1, static_cast<int>(type), answered, question.release());
  arm_tick();
}

/// Called by c-ares, also from within ares_query() and ares_destroy().
void DnsChannel::answered(void* argument, int status, int, unsigned char* bytes, int size) {
  const std::unique_ptr<Question> question{static_cast<Question*>(argument)};
  const auto self = question->channel.lock();
  if (!self || self->channel_ == nullptr) return;
  --self->outstanding_;
  asio::post(self->io_, [done = std::move(question->done),
                         reply = self->reply_of(status, bytes, size, question->type)] { done(reply); });
}

DnsReply DnsChannel::reply_of(int status, const unsigned char* bytes, int size, DnsType type) const {
  using Kind = DnsReply::Kind;
  if (bytes != nullptr && 0 < size) {
    auto answer = decode_dns_answer(std::span{bytes, static_cast<std::size_t>(size)}, type);
    // Longer than what a question without EDNS allows: c-ares cut it off.
    const bool cut = transport_ == DnsTransport::Udp && size == kMaxUdpAnswer;
    if (!answer && cut) return {.kind = Kind::Answered, .answer = {.truncated = true}};
    if (!answer) return {.kind = Kind::Malformed, .detail = std::move(answer.error())};
    return {.kind = Kind::Answered, .answer = *std::move(answer)};
  }
  switch (status) {
    case ARES_ETIMEOUT: return {.kind = Kind::Silent};
    case ARES_ECONNREFUSED: return {.kind = Kind::Unreachable, .error = last_error_};
    case ARES_ENOMEM: return {.kind = Kind::Unreachable, .error = ENOMEM};
    case ARES_ENOTFOUND:  // c-ares never asks for .onion (RFC 7686)
      return {.kind = Kind::Answered, .answer = {.code = DnsCode::NxDomain}};
    default: return {.kind = Kind::Malformed, .detail = ares_strerror(status)};
  }
}

/// c-ares says which events of a socket it wants; none means that it is about to close it.
void DnsChannel::watch(int descriptor, bool readable, bool writable) {
  auto found = sockets_.find(descriptor);
  if (!readable && !writable) {
    if (found == sockets_.end()) return;
    found->second->open = false;
    found->second->stream.release();  // c-ares closes it
    sockets_.erase(found);
    return;
  }
  if (found == sockets_.end())
    found = sockets_.emplace(descriptor, std::make_shared<Socket>(io_, descriptor)).first;
  found->second->want_read = readable;
  found->second->want_write = writable;
  arm(found->second);
}

void DnsChannel::arm(const std::shared_ptr<Socket>& socket) {
  using Wait = asio::posix::stream_descriptor;
  if (!socket->open) return;
  const auto self = weak_from_this();
  if (socket->want_read && !std::exchange(socket->reading, socket->want_read))
    socket->stream.async_wait(Wait::wait_read, [self, socket](asio::error_code) {
      socket->reading = false;
      if (const auto channel = self.lock()) channel->ready(socket, true);
    });
  if (socket->want_write && !std::exchange(socket->writing, socket->want_write))
    socket->stream.async_wait(Wait::wait_write, [self, socket](asio::error_code) {
      socket->writing = false;
      if (const auto channel = self.lock()) channel->ready(socket, false);
    });
}

void DnsChannel::ready(const std::shared_ptr<Socket>& socket, bool readable) {
  if (!socket->open || channel_ == nullptr) return;
  const int descriptor = socket->stream.native_handle();
  if (readable && socket->want_read) ares_process_fd(channel_, descriptor, ARES_SOCKET_BAD);
  if (!readable && socket->want_write) ares_process_fd(channel_, ARES_SOCKET_BAD, descriptor);
  arm(socket);
}

void DnsChannel::arm_tick() {
  if (ticking_ || outstanding_ == 0 || channel_ == nullptr) return;
  ticking_ = true;
  tick_.expires_after(kTick);
  tick_.async_wait([self = weak_from_this()](asio::error_code error) {
    const auto channel = self.lock();
    if (!channel) return;
    channel->ticking_ = false;
    if (error || channel->channel_ == nullptr) return;
    ares_process_fd(channel->channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    channel->arm_tick();
  });
}

}  // namespace rdpwatch::net
