#include "tests/net/scripted_peer.h"

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/read.hpp>
#include <asio/redirect_error.hpp>
#include <asio/ssl.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/write.hpp>
#include <linux/filter.h>
#include <sys/socket.h>

namespace rdpwatch::test {
namespace {

using asio::ip::tcp;

auto into(asio::error_code& ec) { return asio::redirect_error(asio::use_awaitable, ec); }

/// The server's first flight in answer to `hello`, as raw bytes.
Bytes server_flight(SSL_CTX* context, const Bytes& hello) {
  const std::unique_ptr<SSL, decltype(&SSL_free)> ssl{SSL_new(context), &SSL_free};
  BIO* const in = BIO_new(BIO_s_mem());
  BIO* const out = BIO_new(BIO_s_mem());
  BIO_write(in, hello.data(), static_cast<int>(hello.size()));
  SSL_set_bio(ssl.get(), in, out);
  SSL_accept(ssl.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(out, &data);
  return {data, data + size};
}

/// By a filter that lets no packet in.
void lose_all(int fd, bool lose) {
  sock_filter nothing{BPF_RET | BPF_K, 0, 0, 0};
  const sock_fprog program{1, &nothing};
  ::setsockopt(fd, SOL_SOCKET, lose ? SO_ATTACH_FILTER : SO_DETACH_FILTER, &program, sizeof program);
}

void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

}  // namespace

struct ScriptedPeer::State : std::enable_shared_from_this<ScriptedPeer::State> {
  State(asio::io_context& io, tcp::endpoint endpoint, std::vector<Script> wanted, const MadeCertificate& made)
      : acceptor{io, endpoint, true}, scripts{std::move(wanted)} {
    SSL_CTX* const ctx = context.native_handle();
    SSL_CTX_set_security_level(ctx, 0);
    SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION);
    const auto used = made.certificate ? made : make_certificate();
    SSL_CTX_use_certificate(ctx, used.certificate.get());
    SSL_CTX_use_PrivateKey(ctx, used.key.get());
  }

  static asio::awaitable<void> accept_all(std::shared_ptr<State> self);
  static asio::awaitable<void> play(std::shared_ptr<State> self, tcp::socket socket, std::size_t number);

  tcp::acceptor acceptor;
  asio::ssl::context context{asio::ssl::context::tls_server};
  std::vector<Script> scripts;
  std::size_t accepted = 0;
  std::size_t resets = 0;
  std::size_t fins = 0;
  std::size_t notifies = 0;
  Bytes plain;
};

asio::awaitable<void> ScriptedPeer::State::accept_all(std::shared_ptr<State> self) {
  for (;;) {
    asio::error_code ec;
    auto socket = co_await self->acceptor.async_accept(into(ec));
    if (ec) co_return;
    const auto number = self->accepted++;
    asio::co_spawn(self->acceptor.get_executor(), play(self, std::move(socket), number), &rethrow);
  }
}

asio::awaitable<void> ScriptedPeer::State::play(std::shared_ptr<State> self, tcp::socket socket,
                                                std::size_t number) {
  socket.set_option(tcp::no_delay{true});
  asio::ssl::stream<tcp::socket> stream{std::move(socket), self->context};
  auto& plain = stream.next_layer();
  bool secure = false;
  bool fin_sent = false;
  asio::error_code ec;
  std::array<std::uint8_t, 4096> chunk;
  const auto& script = self->scripts[std::min(number, self->scripts.size() - 1)];
  for (const auto& step : script) {
    switch (step.kind) {
      case Step::Kind::Read: {
        std::size_t size = 0;
        if (secure) size = co_await stream.async_read_some(asio::buffer(chunk), into(ec));
        else size = co_await plain.async_read_some(asio::buffer(chunk), into(ec));
        if (!secure)
          self->plain.insert(self->plain.end(), chunk.begin(), chunk.begin() + static_cast<long>(size));
        break;
      }
      case Step::Kind::Send:
        if (secure) co_await asio::async_write(stream, asio::buffer(step.bytes), into(ec));
        else co_await asio::async_write(plain, asio::buffer(step.bytes), into(ec));
        break;
      case Step::Kind::Trickle:
        for (std::size_t i = 0; i < step.bytes.size() && !ec; ++i) {
          const auto one = asio::buffer(&step.bytes[i], 1);
          if (secure) co_await asio::async_write(stream, one, into(ec));
          else co_await asio::async_write(plain, one, into(ec));
          co_await asio::post(plain.get_executor(), asio::use_awaitable);
        }
        break;
      case Step::Kind::Tls:
        co_await stream.async_handshake(asio::ssl::stream_base::server, into(ec));
        secure = !ec;
        break;
      case Step::Kind::HalfTls: {
        const auto size = co_await plain.async_read_some(asio::buffer(chunk), into(ec));
        auto flight = server_flight(self->context.native_handle(),
                                    {chunk.begin(), chunk.begin() + static_cast<long>(size)});
        flight.resize(std::min(flight.size(), step.count));
        co_await asio::async_write(plain, asio::buffer(flight), into(ec));
        break;
      }
      case Step::Kind::CloseNotify: co_await stream.async_shutdown(into(ec)); break;
      case Step::Kind::Fin:
        plain.shutdown(tcp::socket::shutdown_send, ec);
        fin_sent = true;
        break;
      case Step::Kind::Rst:
        plain.set_option(asio::socket_base::linger{true, 0}, ec);
        plain.close(ec);
        co_return;
      case Step::Kind::Deaf: lose_all(plain.native_handle(), true); break;
      case Step::Kind::Hear: lose_all(plain.native_handle(), false); break;
      case Step::Kind::Pause: {
        asio::steady_timer timer{plain.get_executor(), std::chrono::milliseconds{step.count}};
        co_await timer.async_wait(into(ec));
        break;
      }
      case Step::Kind::Hold: break;
    }
    if (ec) break;
  }
  if (script.empty() || (script.back().kind != Step::Kind::Hold && !fin_sent))
    plain.shutdown(tcp::socket::shutdown_send, ec);
  asio::error_code end;
  while (!end) {
    if (secure) co_await stream.async_read_some(asio::buffer(chunk), into(end));
    else co_await plain.async_read_some(asio::buffer(chunk), into(end));
  }
  if (secure && (SSL_get_shutdown(stream.native_handle()) & SSL_RECEIVED_SHUTDOWN) != 0) {
    ++self->notifies;
    end.clear();
    while (!end) co_await plain.async_read_some(asio::buffer(chunk), into(end));
  }
  ++(end == asio::error::eof ? self->fins : self->resets);
}

ScriptedPeer::ScriptedPeer(asio::io_context& io, std::vector<Script> scripts, MadeCertificate certificate,
                           std::string address, std::uint16_t port)
    : state_{std::make_shared<State>(io, tcp::endpoint{asio::ip::make_address(address), port},
                                     std::move(scripts), certificate)} {
  asio::co_spawn(io, State::accept_all(state_), &rethrow);
}

ScriptedPeer::~ScriptedPeer() {
  asio::error_code ec;
  state_->acceptor.close(ec);
}

std::uint16_t ScriptedPeer::port() const { return state_->acceptor.local_endpoint().port(); }
std::size_t ScriptedPeer::connections() const { return state_->accepted; }
std::size_t ScriptedPeer::ended_by_reset() const { return state_->resets; }
std::size_t ScriptedPeer::ended_politely() const { return state_->fins; }
std::size_t ScriptedPeer::close_notifies() const { return state_->notifies; }
const Bytes& ScriptedPeer::received_plain() const { return state_->plain; }
void ScriptedPeer::lose_connects(bool lose) { lose_all(state_->acceptor.native_handle(), lose); }
void ScriptedPeer::min_tls(int version) {
  SSL_CTX_set_min_proto_version(state_->context.native_handle(), version);
}
void ScriptedPeer::max_tls(int version) {
  SSL_CTX_set_max_proto_version(state_->context.native_handle(), version);
}
void ScriptedPeer::ciphers(const std::string& list) {
  SSL_CTX_set_cipher_list(state_->context.native_handle(), list.c_str());
}

Step read() { return {Step::Kind::Read}; }
Step send(Bytes bytes) { return {Step::Kind::Send, std::move(bytes)}; }
Step trickle(Bytes bytes) { return {Step::Kind::Trickle, std::move(bytes)}; }
Step fin() { return {Step::Kind::Fin}; }
Step rst() { return {Step::Kind::Rst}; }
Step pause(std::chrono::milliseconds length) {
  return {Step::Kind::Pause, {}, static_cast<std::size_t>(length.count())};
}
Step deaf() { return {Step::Kind::Deaf}; }
Step hear() { return {Step::Kind::Hear}; }
Step hold() { return {Step::Kind::Hold}; }
Step tls() { return {Step::Kind::Tls}; }
Step half_tls(std::size_t bytes) { return {Step::Kind::HalfTls, {}, bytes}; }
Step close_notify() { return {Step::Kind::CloseNotify}; }

Bytes confirm(std::uint32_t protocol, std::uint8_t flags) {
  auto bytes = hex("03000013 0ed00000123400 0200080000000000");
  bytes[12] = flags;
  bytes[15] = static_cast<std::uint8_t>(protocol);
  return bytes;
}

Bytes refusal(std::uint32_t code) {
  auto bytes = hex("03000013 0ed00000123400 0300080000000000");
  bytes[15] = static_cast<std::uint8_t>(code);
  return bytes;
}

Bytes challenge(std::chrono::seconds skew, std::uint32_t version) {
  auto bytes = hex_file("tests/vectors/third-tsrequest-ntlm-challenge-win10.hex");
  bytes[8] = static_cast<std::uint8_t>(version);
  const auto av_timestamp = hex("0700 0800");
  const auto at = std::ranges::search(bytes, av_timestamp).begin();
  if (at == bytes.end()) throw std::runtime_error{"no time stamp in the vector"};
  // FILETIME: 100 ns since 1601-01-01, 11,644,473,600 s before the Unix epoch.
  const auto now = std::chrono::system_clock::now().time_since_epoch() + skew;
  auto filetime = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::duration<std::int64_t, std::ratio<1, 10'000'000>>>(now)
          .count() +
      116'444'736'000'000'000);
  for (auto byte = at + 4; byte != at + 12; ++byte) {
    *byte = static_cast<std::uint8_t>(filetime);
    filetime >>= 8;
  }
  return bytes;
}

}  // namespace rdpwatch::test
