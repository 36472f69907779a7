#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <utility>
#include <variant>

#include <asio/awaitable.hpp>

#include "probes/handshake/action.h"
#include "probes/net/connection.h"

namespace rdpwatch::net {

/// A phase that did not pass. Empty: cancelled, the climb is thrown away.
using PhaseFailure = std::optional<Observation>;

/// Steps `machine` over `stream` until it finishes or the stream ends; both are values. The caller owns both
/// and co_awaits this directly, so that the references live: never co_spawn it.
template <class Machine, class Stream>
asio::awaitable<std::expected<typename Machine::Output, PhaseFailure>> drive(Stream& stream,
                                                                             Machine& machine) {
  std::array<std::uint8_t, 2048> chunk;
  std::size_t size = 0;
  for (;;) {
    auto action = machine.step(std::span{chunk}.first(std::exchange(size, 0)));
    std::optional<IoFailure> end;
    if (const auto* send = std::get_if<handshake::Send>(&action)) {
      const auto sent = co_await stream.write_all(send->bytes);
      if (!sent) end = sent.error();
    } else if (std::holds_alternative<handshake::Receive>(action)) {
      const auto received = co_await stream.read_some(chunk);
      if (received) size = *received;
      else end = received.error();
    } else {
      auto& result = std::get<handshake::Result<typename Machine::Output>>(action);
      if (!result) co_return std::unexpected{PhaseFailure{std::move(result.error())}};
      co_return *std::move(result);
    }
    if (!end) continue;
    if (end->end == IoEnd::Cancelled) co_return std::unexpected{PhaseFailure{}};
    if (end->end == IoEnd::Failed || end->end == IoEnd::Flooded)
      co_return std::unexpected{PhaseFailure{
          Observation{cause_of(*end), static_cast<std::uint32_t>(end->error_number), describe(*end)}}};
    co_return std::unexpected{PhaseFailure{machine.interrupted(cause_of(*end))}};
  }
}

}  // namespace rdpwatch::net
