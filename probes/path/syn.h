#pragma once

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>

#include "probes/net/deadline.h"
#include "probes/net/lingering.h"
#include "probes/path/answer.h"
#include "probes/path/trace.h"

namespace rdpwatch::path {

/// What questions of a trace need. Everything referred to outlives them.
struct PathTools {
  asio::io_context& io;
  net::Lingering& lingering;
  net::Deadline& deadline;  ///< set for each question; a cancellation ends all
};

/// Sends one SYN and says what came back. A connection that is taken is ended by FIN at once; one that is not
/// is forgotten, without a word on the wire.
asio::awaitable<Answer> ask_by_syn(PathTools tools, asio::ip::tcp::endpoint endpoint, Trace::Syn question);

}  // namespace rdpwatch::path
