#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string_view>

#include <asio/error_code.hpp>
#include <asio/io_context.hpp>

#include "daemon/http/message.h"

namespace rdpwatch::daemon::http {

/// Where a response goes. `write` sends bytes that stay valid until `done` is called, and no second time
/// before that; `last` ends the response, after which the connection is kept for the next request or closed.
struct Wire {
  std::function<void(std::string_view bytes, bool last, bool keep, std::function<void(bool ok)> done)>
      write{};
};

/// What of the request shapes the framing of its response.
struct Framing {
  bool head = false;  ///< a HEAD request: no body
  bool keep_alive = true;
  bool chunked = true;  ///< false for HTTP/1.0: the end of the connection ends the body
  bool gzip = false;    ///< the client accepts it
};

/// Sends `response` slice by slice: the next one is made when the one before is in the kernel, so a slow
/// reader costs one slice of memory and no time of others. Cut off after `time_limit`. Owns itself until it
/// is through.
void transmit(asio::io_context& io, Wire wire, Response response, Framing framing,
              std::chrono::milliseconds time_limit);

}  // namespace rdpwatch::daemon::http
