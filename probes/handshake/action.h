#pragma once

#include <cstdint>
#include <expected>
#include <variant>
#include <vector>

#include "probes/taxonomy/cause.h"

/// Handshakes as values: machines without socket, clock or log. A driver calls
///
///   Action step(std::span<const std::uint8_t> received);
///
/// with the bytes that arrived since the last call (none at first) and does what the action says, until it is
/// a result; then no more. When the stream ends instead (closed, reset, deadline), it calls
///
///   Observation interrupted(Cause end) const;
///
/// with Cause::Closed, Reset or Timeout, and gets what was really seen: half an answer, or another protocol.
namespace rdpwatch::handshake {

/// Write these bytes, all in one write, then step again with no bytes.
struct Send {
  std::vector<std::uint8_t> bytes;
};

/// Read some bytes (at least one), then step with them.
struct Receive {};

template <class Output>
using Result = std::expected<Output, Observation>;

template <class Output>
using Action = std::variant<Send, Receive, Result<Output>>;

}  // namespace rdpwatch::handshake
