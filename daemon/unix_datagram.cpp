#include "daemon/unix_datagram.h"

#include <algorithm>
#include <cstddef>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace rdpwatch::daemon {

int connect_unix_datagram(const std::string& address) {
  sockaddr_un name{};
  if (address.size() < 2 || sizeof name.sun_path <= address.size()) return -1;
  if (address.front() != '/' && address.front() != '@') return -1;
  name.sun_family = AF_UNIX;
  std::ranges::copy(address, name.sun_path);
  if (address.front() == '@') name.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());

  const int descriptor = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor == -1) return -1;
  const timeval patience{1, 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&name), size) == 0) return descriptor;
  ::close(descriptor);
  return -1;
}

}  // namespace rdpwatch::daemon
