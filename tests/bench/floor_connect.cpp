// The floor for a connect climb: the least that any program can do to open and close a TCP connection, plain
// epoll without a library. Prints CPU per connection.
//   floor_connect PORT COUNT CONCURRENCY HOSTS      hosts are 127.1.0.1 and following
#include <array>
#include <bit>
#include <cstdio>
#include <cstdlib>

#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/bench/cpu_clock.h"

namespace {

struct Run {
  int epoll = epoll_create1(0);
  in_port_t port = 0;
  int hosts = 1;
  int started = 0;
};

void start_one(Run& run) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(run.port);
  address.sin_addr.s_addr = htonl(0x7F010001u + static_cast<unsigned>(run.started++ % run.hosts));
  connect(fd, std::bit_cast<const sockaddr*>(&address), sizeof address);
  epoll_event event{};
  event.events = EPOLLOUT;
  event.data.fd = fd;
  epoll_ctl(run.epoll, EPOLL_CTL_ADD, fd, &event);
}

bool finish_one(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  shutdown(fd, SHUT_WR);
  close(fd);
  return error == 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  Run run;
  run.port = static_cast<in_port_t>(std::atoi(argv[1]));
  const int count = std::atoi(argv[2]);
  const int concurrency = std::atoi(argv[3]);
  run.hosts = std::atoi(argv[4]);
  int finished = 0;
  int connected = 0;
  const double before = rdpwatch::bench::cpu_seconds();
  while (run.started < concurrency && run.started < count) start_one(run);
  while (finished < count) {
    std::array<epoll_event, 64> events;
    const int ready = epoll_wait(run.epoll, events.data(), int(events.size()), 10'000);
    if (ready <= 0) break;
    for (int i = 0; i < ready; ++i) {
      connected += finish_one(events[std::size_t(i)].data.fd) ? 1 : 0;
      ++finished;
      if (run.started < count) start_one(run);
    }
  }
  const double spent = rdpwatch::bench::cpu_seconds() - before;
  std::printf("count %d ok %d cpu_us %.2f\n", finished, connected, spent * 1e6 / finished);
  return connected == count ? 0 : 1;
}
