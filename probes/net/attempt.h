#pragma once

#include <memory>
#include <optional>
#include <string>

#include <asio/awaitable.hpp>

#include "config/config.h"
#include "probes/net/climb.h"
#include "probes/probe.h"

namespace rdpwatch::net {

class Resolver;

/// What a try is to do. Everything referred to outlives it.
struct AttemptTask {
  ClimbTools& tools;
  Resolver& resolver;
  const ProbeRequest& request;
  Deadline& deadline;
  SteadyTime until{};
  ConnectionKind kind = ConnectionKind::Scheduled;
  bool listen_first = false;
};

/// What one try gave.
struct AttemptResult {
  enum class End : std::uint8_t { Done, Budget, Cancelled };
  End end = End::Done;
  ClimbResult climb{};  ///< the deciding one; its phases and findings begin with those of resolve
  std::optional<ResolveEvidence> resolve{};
  std::optional<asio::ip::address> address{};  ///< of the deciding climb
  bool suspect = false;                        ///< that address is one that the host cannot have
  std::optional<BypassEvidence> by_address{};  ///< added after the try, as is the next
  std::optional<BaselineEvidence> baseline{};
};

/// One try: resolve, then one climb (`addresses: first`: of the first address that connects) or one climb for
/// each address (`addresses: all`). With `all` the target works as long as one address does: then the worst
/// of the working climbs decides, and those that failed are one dns_partial_addresses finding. When none
/// works, the failure of the earliest phase decides. A failure at an address that the host cannot have (see
/// judge_addresses()) decides only when no other address was tried.
/// Addresses share what is left of the try evenly; each later one may use what earlier ones left over.
/// `result` is a new one that outlives the try; it is filled in place, because it is large and each coroutine
/// that returned it would hold a copy while the climb waits.
asio::awaitable<void> attempt(AttemptTask task, AttemptResult& result);

}  // namespace rdpwatch::net
