#pragma once

#include <optional>
#include <string>
#include <vector>

#include <asio/ip/address.hpp>

#include "config/config.h"
#include "probes/net/climb.h"
#include "probes/report.h"

/// Step 3 of the checklist, "bypass the name": which half is broken, the name or the host? Pure.
namespace rdpwatch::net {

/// Where to climb beside the name.
struct Bypass {
  asio::ip::address address{};
  BypassBy by = BypassBy::Expected;
};

/// Whether a climb leaves open which half is broken: the name could not be resolved, or led to an address
/// that is not expected or to another host.
bool doubts_name(const ClimbResult& climb);
/// Whether a climb of an address leaves open whether the host has moved: nothing was reached there, or
/// another host.
bool doubts_address(const ClimbResult& climb);

/// An address of the host that the name did not lead to: an expected one, else the last that worked.
std::optional<Bypass> bypass_of(const config::Target& target, const std::optional<ResolveEvidence>& resolve,
                                const std::string& last_good);

/// What the second climb showed; `first` is the one that left the question open.
BypassEvidence conclude(const config::Target& target, const ClimbResult& first, BypassBy by,
                        const ClimbResult& second);

/// Adds what the second climb means to the detail of what raised the question.
void tell(const std::string& conclusion, ClimbResult& first);

}  // namespace rdpwatch::net
