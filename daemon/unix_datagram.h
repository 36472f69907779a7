#pragma once

#include <string>

namespace rdpwatch::daemon {

/// A datagram socket connected to `address`, a path or, after '@', a name in the abstract space. -1 when
/// nobody is there. A send waits at most a second for a reader that is behind. The caller closes it.
int connect_unix_datagram(const std::string& address);

}  // namespace rdpwatch::daemon
