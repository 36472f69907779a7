#include "probes/path/trace_path.h"

#include <utility>
#include <variant>

#include "probes/path/echo.h"
#include "probes/path/echo_trace.h"

namespace rdpwatch::path {
namespace {

/// Asks what `machine` wants to know until it is done.
template <class Machine>
asio::awaitable<PathTrace> drive(PathTools tools, asio::ip::tcp::endpoint endpoint, Machine machine,
                                 net::SteadyTime until) {
  auto action = machine.begin();
  while (!std::holds_alternative<Trace::Done>(action)) {
    if (until <= std::chrono::steady_clock::now() || tools.deadline.state() == net::Interrupt::Cancelled) {
      machine.abandon(action);
      break;
    }
    Answer answer;
    if (const auto* const syn = std::get_if<Trace::Syn>(&action))
      answer = co_await ask_by_syn(tools, endpoint, *syn);
    else answer = co_await ask_by_echo(tools, endpoint.address(), std::get<Trace::Echo>(action));
    action = machine.step(answer);
  }
  co_return std::move(machine.result());
}

}  // namespace

asio::awaitable<PathTrace> trace_path(PathTools tools, asio::ip::tcp::endpoint endpoint,
                                      net::SteadyTime until) {
  return drive(tools, endpoint, Trace{endpoint.address().to_string()}, until);
}

asio::awaitable<PathTrace> trace_by_echo(PathTools tools, asio::ip::address address, net::SteadyTime until) {
  return drive(tools, {address, 0}, EchoTrace{}, until);
}

}  // namespace rdpwatch::path
