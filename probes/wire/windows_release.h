#pragma once

#include <string_view>

#include "probes/wire/ntlm.h"

namespace rdpwatch::wire {

/// Name of the release that a build belongs to: "Windows 11 24H2 / Server 2025" where client and server share
/// it. Empty for a build that is not in the table.
std::string_view windows_release(const NtlmVersion& version);

}  // namespace rdpwatch::wire
