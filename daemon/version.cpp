#include "daemon/version.h"

#include <openssl/crypto.h>

#include "revision.h"

namespace rdpwatch::daemon {

std::string_view version() { return RDPWATCH_VERSION; }
std::string_view revision() { return kRevision; }

std::string_view compiler() {
#ifdef __clang__
  return "clang++ " __clang_version__;
#else
  return "g++ " __VERSION__;
#endif
}

std::string openssl() { return OpenSSL_version(OPENSSL_VERSION); }

}  // namespace rdpwatch::daemon
