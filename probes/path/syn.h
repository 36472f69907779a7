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

/// Begins one connection and says what came back; the kernel sends its SYN again after a second, if
/// `question` has the patience. A connection that is taken is ended by FIN at once; one that is not is
/// forgotten: an answer that comes later gets a RST from the kernel.
asio::awaitable<Answer> ask_by_syn(PathTools tools, asio::ip::tcp::endpoint endpoint, Trace::Syn question);

}  // namespace rdpwatch::path
