#include "daemon/http/listen.h"

#include <charconv>

#include <asio/ip/v6_only.hpp>

namespace rdpwatch::daemon::http {
namespace {

using asio::ip::tcp;

/// How much of an answer may lie in the kernel, for connections accepted here: enough for 5 MB/s over 20 ms.
/// By itself the kernel takes megabytes for clients that do not read, as fast as we can make them.
constexpr int kSendBufferBytes = 128 * 1024;

bool is_any_address(std::string_view text) { return text.starts_with(":"); }

/// Binds and listens; nothing for no error.
asio::error_code open(tcp::acceptor& acceptor, const tcp::endpoint& endpoint, bool both_families) {
  asio::error_code ec;
  acceptor.open(endpoint.protocol(), ec);
  if (!ec) acceptor.set_option(tcp::acceptor::reuse_address{true}, ec);
  if (!ec && endpoint.address().is_v6()) acceptor.set_option(asio::ip::v6_only{!both_families}, ec);
  if (!ec) acceptor.set_option(tcp::acceptor::send_buffer_size{kSendBufferBytes}, ec);
  if (!ec) acceptor.bind(endpoint, ec);
  if (!ec) acceptor.listen(tcp::acceptor::max_listen_connections, ec);
  if (ec) {
    asio::error_code ignored;
    acceptor.close(ignored);
  }
  return ec;
}

std::string explain(const std::string& text, const asio::error_code& ec) {
  const std::string begin = "cannot listen on " + text + ": ";
  if (ec == asio::error::address_in_use) return begin + "another program listens there already";
  if (ec == asio::error::access_denied) return begin + "ports below 1024 need a privilege";
  if (ec.value() == EADDRNOTAVAIL) return begin + "no network interface has this address";
  return begin + ec.message();
}

}  // namespace

std::expected<tcp::endpoint, std::string> parse_listen_address(std::string_view text) {
  const auto fail = [&](const char* why) {
    return std::unexpected{"cannot listen on " + std::string{text} + ": " + why};
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return fail("expected address:port");
  const std::string_view port_text = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (error != std::errc{} || end != port_text.data() + port_text.size())
    return fail("the port is no number up to 65535");

  std::string host{text.substr(0, colon)};
  if (host.empty()) return tcp::endpoint{asio::ip::address_v6::any(), port};
  if (host == "localhost") host = "127.0.0.1";
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  asio::error_code ec;
  const auto address = asio::ip::make_address(host, ec);
  if (ec) return fail("expected an IP address, IPv6 in brackets");
  if (address.is_v6() != bracketed) return fail("IPv6 addresses, and only these, stand in brackets");
  return tcp::endpoint{address, port};
}

std::expected<tcp::acceptor, std::string> listen_on(asio::io_context& io, const std::string& text) {
  const auto endpoint = parse_listen_address(text);
  if (!endpoint) return std::unexpected{endpoint.error()};
  tcp::acceptor acceptor{io};
  asio::error_code ec = open(acceptor, *endpoint, is_any_address(text));
  if (ec && is_any_address(text) && ec != asio::error::address_in_use)  // a kernel without IPv6
    ec = open(acceptor, {asio::ip::address_v4::any(), endpoint->port()}, false);
  if (ec) return std::unexpected{explain(text, ec)};
  return acceptor;
}

std::string to_text(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  return (endpoint.address().is_v6() ? "[" + address + "]" : address) + ":" + std::to_string(endpoint.port());
}

}  // namespace rdpwatch::daemon::http
