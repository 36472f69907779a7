#include "probes/path/ping.h"

#include "probes/path/echo.h"

namespace rdpwatch::path {

asio::awaitable<PingResult> ping(PathTools tools, asio::ip::address address) {
  PingTally tally;
  while (!tally.enough() && tools.deadline.state() != net::Interrupt::Cancelled)
    tally.add(co_await ask_by_echo(tools, address, {}));
  co_return tally.result();
}

}  // namespace rdpwatch::path
