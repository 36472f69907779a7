#include "probes/path/trace_path.h"

#include <utility>
#include <variant>

#include "probes/path/echo.h"

namespace rdpwatch::path {

asio::awaitable<PathTrace> trace_path(PathTools tools, asio::ip::tcp::endpoint endpoint,
                                      net::SteadyTime until) {
  Trace trace{endpoint.address().to_string()};
  auto action = trace.begin();
  while (!std::holds_alternative<Trace::Done>(action)) {
    if (until <= std::chrono::steady_clock::now() || tools.deadline.state() == net::Interrupt::Cancelled) {
      trace.abandon(action);
      break;
    }
    Answer answer;
    if (const auto* const syn = std::get_if<Trace::Syn>(&action))
      answer = co_await ask_by_syn(tools, endpoint, *syn);
    else answer = co_await ask_by_echo(tools, endpoint.address(), std::get<Trace::Echo>(action));
    action = trace.step(answer);
  }
  co_return std::move(trace.result());
}

}  // namespace rdpwatch::path
