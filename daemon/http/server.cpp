#include "daemon/http/asio_for_restinio.h"
//
#include <restinio/settings.hpp>
//
#include <restinio/traits.hpp>
//
#include <restinio/impl/connection.hpp>
#include <restinio/message_builders.hpp>

#include "daemon/http/listen.h"
#include "daemon/http/negotiate.h"
#include "daemon/http/server.h"
#include "daemon/http/transmission.h"

namespace rdpwatch::daemon::http {
namespace {

using asio::ip::tcp;

/// RESTinio parses requests and keeps connections. Accepting is ours: its acceptor stops for good at the
/// first EMFILE, and its limit of connections lets those who send nothing shut out everyone else. Responses
/// are framed by us: its builders cannot answer HEAD without a length.
struct Traits
    : restinio::traits_t<restinio::asio_timer_manager_t, restinio::null_logger_t,
                         std::function<restinio::request_handling_status_t(restinio::request_handle_t)>,
                         restinio::noop_strand_t, LimitedSocket> {};

using ConnectionFactory = restinio::impl::connection_factory_t<Traits>;
using LifetimeMonitor = restinio::connection_count_limit_types<Traits>::lifetime_monitor_t;
using Limiter = restinio::connection_count_limit_types<Traits>::limiter_t;

std::string header_of(const restinio::http_request_header_t& header, restinio::http_field field) {
  return header.get_field_or(field, std::string{});
}

/// An IPv4 client of a socket for both families looks like one of IPv6.
std::string address_text(const asio::ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address.to_string();
  return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
}

Request make_request(const restinio::request_t& incoming) {
  const restinio::http_request_header_t& header = incoming.header();
  Request request;
  request.peer = address_text(incoming.remote_endpoint().address());
  request.method = header.method().c_str();
  request.path = std::string{header.path().data(), header.path().size()};
  request.query = std::string{header.query().data(), header.query().size()};
  request.accept = header_of(header, restinio::http_field::accept);
  request.accept_encoding = header_of(header, restinio::http_field::accept_encoding);
  request.scrape_timeout = header.get_field_or("X-Prometheus-Scrape-Timeout-Seconds", std::string{});
  request.authorization = header_of(header, restinio::http_field::authorization);
  request.host = header_of(header, restinio::http_field::host);
  request.origin = header_of(header, restinio::http_field::origin);
  request.sec_fetch_site = header.get_field_or("Sec-Fetch-Site", std::string{});
  request.content_type = header_of(header, restinio::http_field::content_type);
  request.body = incoming.body();
  return request;
}

Framing make_framing(const restinio::http_request_header_t& header) {
  Framing framing;
  framing.head = header.method() == restinio::http_method_head();
  framing.keep_alive = header.should_keep_alive();
  // The parser keeps no version: a connection that ends without having been asked to is one of HTTP/1.0.
  framing.chunked = framing.keep_alive || header.has_field("Connection");
  framing.gzip = accepts_gzip(header_of(header, restinio::http_field::accept_encoding));
  return framing;
}

/// RESTinio counts connections by a limiter that belongs to an acceptor; ours does nothing.
class NoAcceptor : public restinio::connection_count_limits::impl::acceptor_callback_iface_t {
 public:
  void call_accept_now(std::size_t) noexcept override {}
  void schedule_next_accept_attempt(std::size_t) noexcept override {}
};

}  // namespace

struct HttpServer::Impl : std::enable_shared_from_this<HttpServer::Impl> {
  Impl(asio::io_context& context, Handler answer, const Limits& limits)
      : io{context}, handler{std::move(answer)}, connections{std::make_shared<Connections>(limits)} {}

  void make_factory();
  void accept_next(std::size_t listener);
  void accepted(tcp::socket socket);
  void pause(std::size_t listener);
  restinio::request_handling_status_t handle(const restinio::request_handle_t& request);
  Wire make_wire(const restinio::request_handle_t& request);
  void write(restinio::impl::connection_base_t& connection, restinio::request_id_t id, std::string_view bytes,
             bool last, bool keep, std::function<void(bool)> done);
  void watch_readers();
  void answer(const Request& request, bool upgrade, const Reply& reply) const;
  void secure_answer(std::uint64_t connection, Response& response, Framing& framing) const;

  asio::io_context& io;
  Handler handler;
  std::shared_ptr<Connections> connections;
  std::shared_ptr<const Security> security = std::make_shared<const Security>();
  NoAcceptor no_acceptor{};
  Limiter limiter{&no_acceptor, restinio::connection_count_limits::max_parallel_connections_t{1U},
                  restinio::connection_count_limits::max_active_accepts_t{1U}};
  std::shared_ptr<ConnectionFactory> factory{};
  std::vector<tcp::acceptor> listeners{};
  std::vector<asio::steady_timer> pauses{};  ///< one for each listener
  asio::steady_timer readers_check{io};
  bool watching_readers = false;
  bool stopped = false;
};

void HttpServer::Impl::make_factory() {
  const Limits& limits = connections->limits();
  constexpr std::size_t kFieldName = 256;
  constexpr std::size_t kFields = 100;
  restinio::server_settings_t<Traits> settings;
  settings.buffer_size(4096)
      .read_next_http_message_timelimit(limits.request_time)
      .write_http_response_timelimit(limits.write_time)
      .handle_request_timeout(limits.handling_time)
      .max_pipelined_requests(1)
      .timer_manager(limits.check_period)
      .incoming_http_msg_limits(restinio::incoming_http_msg_limits_t{}
                                    .max_url_size(limits.request.header_bytes)
                                    .max_field_name_size(kFieldName)
                                    .max_field_value_size(limits.request.header_bytes)
                                    .max_field_count(kFields)
                                    .max_body_size(limits.request.post_bytes))
      .request_handler([weak = weak_from_this()](const restinio::request_handle_t& request) {
        const auto self = weak.lock();
        return self ? self->handle(request) : restinio::request_rejected();
      });
  auto timers = settings.timer_factory()->create(io);
  auto options = settings.socket_options_setter();
  auto shared = std::make_shared<restinio::impl::connection_settings_t<Traits>>(
      std::move(settings), restinio::impl::create_parser_settings<Traits::http_methods_mapper_t>(),
      std::move(timers));
  factory = std::make_shared<ConnectionFactory>(std::move(shared), std::move(options));
}

void HttpServer::Impl::accept_next(std::size_t listener) {
  if (stopped) return;
  listeners[listener].async_accept(
      [self = shared_from_this(), listener](const asio::error_code& ec, tcp::socket socket) {
        if (self->stopped || ec == asio::error::operation_aborted) return;
        if (ec) {  // no descriptors or no memory: room may come when one goes
          self->connections->evict_one();
          return self->pause(listener);
        }
        self->accepted(std::move(socket));
        self->accept_next(listener);
      });
}

void HttpServer::Impl::pause(std::size_t listener) {
  constexpr std::chrono::milliseconds kPause{100};
  pauses[listener].expires_after(kPause);
  pauses[listener].async_wait([self = shared_from_this(), listener](const asio::error_code& ec) {
    if (!ec) self->accept_next(listener);
  });
}

void HttpServer::Impl::accepted(tcp::socket socket) {
  auto state = std::make_shared<ConnectionState>();
  state->descriptor = socket.native_handle();
  state->security = security;
  if (connections->limits().connections <= connections->size() && !connections->evict_one())
    return refuse(*state, 503);
  asio::error_code ec;
  const tcp::endpoint peer = socket.remote_endpoint(ec);
  if (ec) return;  // it left already
  socket.set_option(tcp::no_delay{true}, ec);
  if (security->tls) state->tls = std::make_unique<TlsChannel>(security->tls, state->descriptor);
  const auto connection = factory->create_new_connection(LimitedSocket{std::move(socket), state, connections},
                                                         peer, LifetimeMonitor{&limiter});
  state->id = connection->connection_id();
  connections->add(state);
  connection->init();
}

/// The way back for the response of one request.
Wire HttpServer::Impl::make_wire(const restinio::request_handle_t& request) {
  return {[weak = weak_from_this(), connection = restinio::impl::access_req_connection(*request),
           id = request->request_id()](std::string_view bytes, bool last, bool keep,
                                       std::function<void(bool)> done) {
    if (const auto self = weak.lock()) self->write(*connection, id, bytes, last, keep, std::move(done));
    else done(false);
  }};
}

void HttpServer::Impl::write(restinio::impl::connection_base_t& connection, restinio::request_id_t id,
                             std::string_view bytes, bool last, bool keep, std::function<void(bool)> done) {
  const auto state = connections->find(connection.connection_id());
  if (state) {
    state->writing_since = std::chrono::steady_clock::now();
    state->told_end = state->told_end || !keep;
  }
  watch_readers();
  restinio::writable_items_container_t items;
  items.emplace_back(restinio::const_buffer(bytes.data(), bytes.size()));
  restinio::write_group_t group{std::move(items)};
  group.after_write_notificator(
      [open = connections, state, last, done = std::move(done)](const asio::error_code& ec) {
        if (state && !ec) state->writing_since.reset();
        if (state && last) open->response_ended(state->id);
        done(!ec);
      });
  const restinio::response_output_flags_t flags{
      last ? restinio::response_parts_attr_t::final_parts : restinio::response_parts_attr_t::not_final_parts,
      restinio::response_connection_attr(keep)};
  connection.write_response_parts(id, flags, std::move(group));
}

/// As long as anybody has not taken what was sent.
void HttpServer::Impl::watch_readers() {
  constexpr std::chrono::milliseconds kPeriod{20};
  if (stopped || std::exchange(watching_readers, true)) return;
  readers_check.expires_after(kPeriod);
  readers_check.async_wait([self = shared_from_this()](const asio::error_code& ec) {
    self->watching_readers = false;
    if (!ec && self->connections->end_slow_readers() != 0) self->watch_readers();
  });
}

restinio::request_handling_status_t HttpServer::Impl::handle(const restinio::request_handle_t& request) {
  const restinio::http_request_header_t& header = request->header();
  auto connection = restinio::impl::access_req_connection(*request);
  connections->request_began(connection->connection_id());
  const auto reply = [this_io = &io, framing = make_framing(header), wire = make_wire(request),
                      id = connection->connection_id(), weak = weak_from_this(),
                      open = connections](Response response) mutable {
    if (const auto self = weak.lock()) self->secure_answer(id, response, framing);
    transmit(*this_io, wire, std::move(response), framing, open->limits().response_time);
  };
  const bool upgrade = header.connection() == restinio::http_connection_header_t::upgrade;
  // In a turn of its own: RESTinio starts to read twice after a response that comes before this returns.
  asio::post(io, [self = shared_from_this(), upgrade, what = make_request(*request), reply] {
    self->answer(what, upgrade, reply);
  });
  return restinio::request_accepted();
}

/// What every answer has, and the end of a connection whose protection is not that of today.
void HttpServer::Impl::secure_answer(std::uint64_t connection, Response& response, Framing& framing) const {
  set_headers(response, {{"X-Content-Type-Options", "nosniff"}});
  set_headers(response, security->headers);
  const auto state = connections->find(connection);
  framing.keep_alive = framing.keep_alive && state && state->security == security;
}

void HttpServer::Impl::answer(const Request& request, bool upgrade, const Reply& reply) const {
  // RESTinio takes no care of the time of such a connection any more.
  if (upgrade) return reply(text_response(400, "no other protocol is spoken here"));
  try {
    handler(request, reply);
  } catch (const std::exception&) {  // a bug of a door
    reply(text_response(500, "this request could not be answered"));
  }
}

HttpServer::HttpServer(asio::io_context& io, Handler handler, Limits limits)
    : impl_{std::make_shared<Impl>(io, std::move(handler), limits)} {}

HttpServer::~HttpServer() { stop(); }

std::expected<void, std::string> HttpServer::start(const std::vector<std::string>& addresses) {
  std::vector<tcp::acceptor> listeners;
  for (const std::string& address : addresses) {
    auto listener = listen_on(impl_->io, address);
    if (!listener) return std::unexpected{std::move(listener.error())};
    listeners.push_back(std::move(*listener));
  }
  impl_->make_factory();
  impl_->listeners = std::move(listeners);
  for (std::size_t i = 0; i < impl_->listeners.size(); ++i) impl_->pauses.emplace_back(impl_->io);
  for (std::size_t i = 0; i < impl_->listeners.size(); ++i) impl_->accept_next(i);
  return {};
}

void HttpServer::secure(Security security) {
  impl_->security = std::make_shared<const Security>(std::move(security));
  impl_->connections->end_waiting();
}

void HttpServer::stop() {
  impl_->stopped = true;
  asio::error_code ignored;
  for (tcp::acceptor& listener : impl_->listeners) listener.close(ignored);
  for (asio::steady_timer& timer : impl_->pauses) timer.cancel();
  impl_->readers_check.cancel();
  impl_->connections->end_all();
}

std::vector<std::string> HttpServer::addresses() const {
  std::vector<std::string> result;
  for (const tcp::acceptor& listener : impl_->listeners) {
    asio::error_code ec;
    result.push_back(to_text(listener.local_endpoint(ec)));
  }
  return result;
}

std::size_t HttpServer::open_connections() const { return impl_->connections->size(); }

}  // namespace rdpwatch::daemon::http
