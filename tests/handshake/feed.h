#pragma once

#include <span>
#include <vector>

#include <doctest/doctest.h>

#include "probes/handshake/action.h"
#include "tests/support/hex.h"

namespace rdpwatch::test {

/// The bytes that `machine` sends first.
template <class Machine>
Bytes first_send(Machine& machine) {
  const auto action = machine.step({});
  REQUIRE(std::holds_alternative<handshake::Send>(action));
  const auto bytes = std::get<handshake::Send>(action).bytes;
  REQUIRE(std::holds_alternative<handshake::Receive>(machine.step({})));
  return bytes;
}

/// What a fresh machine makes of `answer` when it comes in one piece; it must end.
template <class Machine>
handshake::Result<typename Machine::Output> answer(Machine machine, std::span<const std::uint8_t> bytes) {
  first_send(machine);
  const auto action = machine.step(bytes);
  REQUIRE(std::holds_alternative<handshake::Result<typename Machine::Output>>(action));
  return std::get<handshake::Result<typename Machine::Output>>(action);
}

/// As above, byte by byte, as far as the machine wants.
template <class Machine>
handshake::Result<typename Machine::Output> answer_slowly(Machine machine,
                                                          std::span<const std::uint8_t> bytes) {
  first_send(machine);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto action = machine.step(bytes.subspan(i, 1));
    if (const auto* result = std::get_if<handshake::Result<typename Machine::Output>>(&action))
      return *result;
    REQUIRE(std::holds_alternative<handshake::Receive>(action));
  }
  return std::unexpected{machine.interrupted(Cause::Timeout)};
}

/// What is observed when the stream ends with `end` after `bytes`, which must not be enough.
template <class Machine>
Observation cut_after(Machine machine, std::span<const std::uint8_t> bytes, Cause end) {
  first_send(machine);
  if (!bytes.empty()) REQUIRE(std::holds_alternative<handshake::Receive>(machine.step(bytes)));
  return machine.interrupted(end);
}

}  // namespace rdpwatch::test
