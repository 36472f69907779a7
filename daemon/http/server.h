#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include <asio/io_context.hpp>

#include "daemon/http/connections.h"
#include "daemon/http/message.h"

namespace rdpwatch::daemon::http {

/// HTTP/1.1 on a given io_context, without threads of its own. Everything, the handler included, runs there.
class HttpServer {
 public:
  HttpServer(asio::io_context& io, Handler handler, Limits limits = {});
  ~HttpServer();  ///< stops
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Listens on all of "127.0.0.1:19389", "[::1]:19389", ":19389" (every address of both families),
  /// "localhost:19389"; port 0 takes a free one. All or nothing: the error names the address that cannot be
  /// had, and why.
  std::expected<void, std::string> start(const std::vector<std::string>& addresses);

  /// From now on; plain HTTP at first. What is being answered comes to its end, then the connection does.
  void secure(Security security);

  /// Stops listening and ends all connections; answers that are under way are cut off.
  void stop();

  /// Where it listens, as "127.0.0.1:19389", in the order of start().
  std::vector<std::string> addresses() const;
  std::size_t open_connections() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace rdpwatch::daemon::http
