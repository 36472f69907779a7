#pragma once

#include <string>
#include <string_view>

namespace rdpwatch::daemon {

std::string_view version();   ///< "0.1.0"
std::string_view revision();  ///< of the source tree when it was built; "unknown" without one
std::string_view compiler();  ///< "g++ 12.2.0"
std::string openssl();        ///< the library that runs now: "OpenSSL 3.0.17 1 Jul 2025"

}  // namespace rdpwatch::daemon
