#pragma once

#include <string>

#include "daemon/path_look.h"

/// The way to a host in words, for the terminal, the page and JSON alike.
namespace rdpwatch::daemon {

/// "5 of 5 answered, round trip 0.3 ms (0.2 ms to 0.5 ms)"
std::string ping_text(const path::PingResult& ping);

/// What the look says of the way, in a sentence without a full stop.
std::string path_text(const PathLook& look);

/// Where the way is another than it was at `before`: "hop 2 was 10.1.2.1 on 2026-11-25, now it is 10.1.3.1".
std::string path_change_text(const PathLook& look, const PathLook& before);

/// What to do first after a failure; empty: the way tells nothing of it.
std::string path_advice(const PathLook& look, std::uint16_t port);

}  // namespace rdpwatch::daemon
