#pragma once

#include <expected>
#include <string>
#include <string_view>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

namespace rdpwatch::daemon::http {

/// The endpoint of "127.0.0.1:80", "[::1]:80", ":80" (IPv6, to be opened for both families), "localhost:80".
std::expected<asio::ip::tcp::endpoint, std::string> parse_listen_address(std::string_view text);

/// A listening socket, or a sentence that names `text` and what is wrong with it.
std::expected<asio::ip::tcp::acceptor, std::string> listen_on(asio::io_context& io, const std::string& text);

/// "127.0.0.1:80", "[::1]:80"
std::string to_text(const asio::ip::tcp::endpoint& endpoint);

}  // namespace rdpwatch::daemon::http
