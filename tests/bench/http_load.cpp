// Load for the /probe page of a multi-target exporter: keep-alive connections, as fast as it answers or at a
// steady rate. Prints how many probes succeeded; the exporter's own CPU is for the caller to read.
//   http_load EXPORTER_PORT MODULE TARGET_PORT HOSTS CONNECTIONS COUNT [PER_SECOND]
// Hosts are 127.1.0.1 and following. Without PER_SECOND every connection asks again as soon as it has its
// answer.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace {

using Clock = std::chrono::steady_clock;

struct Options {
  in_port_t exporter = 0;
  std::string module{};
  int target_port = 0;
  int hosts = 1;
  int connections = 1;
  int count = 0;
  double per_second = 0;  ///< 0: no pace
};

struct Load {
  Options options{};
  std::vector<pollfd> sockets{};
  std::vector<std::string> inboxes{};
  std::deque<std::size_t> idle{};
  Clock::time_point begin = Clock::now();
  int asked = 0;
  int answered = 0;
  int successes = 0;
};

bool open_connections(Load& load) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(load.options.exporter);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  for (int i = 0; i < load.options.connections; ++i) {
    const int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return false;
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    load.idle.push_back(load.sockets.size());
    load.sockets.push_back({.fd = fd, .events = POLLIN, .revents = 0});
    load.inboxes.emplace_back();
  }
  return true;
}

std::string request_for(const Options& options, int number) {
  const in_addr host{htonl(0x7F010001u + static_cast<unsigned>(number % options.hosts))};
  return "GET /probe?module=" + options.module + "&target=" + inet_ntoa(host) + ":" +
         std::to_string(options.target_port) + " HTTP/1.1\r\nHost: bench\r\n\r\n";
}

/// How many requests may have been sent by now.
int due(const Load& load) {
  if (load.options.per_second <= 0) return load.options.count;
  const double seconds = std::chrono::duration<double>(Clock::now() - load.begin).count();
  return std::min(load.options.count, static_cast<int>(seconds * load.options.per_second));
}

bool ask(Load& load) {
  for (const int limit = due(load); load.asked < limit && !load.idle.empty(); load.idle.pop_front()) {
    const std::string request = request_for(load.options, load.asked++);
    const int fd = load.sockets[load.idle.front()].fd;
    if (send(fd, request.data(), request.size(), 0) != static_cast<ssize_t>(request.size())) return false;
  }
  return true;
}

/// Whether the inbox holds a whole answer: by its Content-Length, or chunked.
bool whole(const std::string& inbox) {
  const auto head = inbox.find("\r\n\r\n");
  if (head == std::string::npos) return false;
  const std::string_view headers{inbox.data(), head};
  const std::string_view name = "Content-Length: ";
  const auto length = headers.find(name);
  if (length == std::string_view::npos) return inbox.ends_with("\r\n0\r\n\r\n");
  return head + 4 + std::strtoul(inbox.c_str() + length + name.size(), nullptr, 10) <= inbox.size();
}

bool receive(Load& load, std::size_t index) {
  char chunk[16'384];
  std::string& inbox = load.inboxes[index];
  const auto size = recv(load.sockets[index].fd, chunk, sizeof chunk, 0);
  if (size <= 0) return false;
  inbox.append(chunk, static_cast<std::size_t>(size));
  if (!whole(inbox)) return true;
  ++load.answered;
  load.successes += inbox.find("\nprobe_success 1") != std::string::npos ? 1 : 0;
  inbox.clear();
  load.idle.push_back(index);
  return true;
}

bool run(Load& load) {
  if (!open_connections(load)) return false;
  load.begin = Clock::now();
  while (load.answered < load.options.count) {
    if (!ask(load)) return false;
    if (poll(load.sockets.data(), load.sockets.size(), load.options.per_second > 0 ? 5 : 20'000) < 0)
      return false;
    for (std::size_t i = 0; i < load.sockets.size(); ++i)
      if (load.sockets[i].revents != 0 && !receive(load, i)) return false;
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 7) return 2;
  Load load;
  load.options = {.exporter = static_cast<in_port_t>(std::atoi(argv[1])),
                  .module = argv[2],
                  .target_port = std::atoi(argv[3]),
                  .hosts = std::atoi(argv[4]),
                  .connections = std::atoi(argv[5]),
                  .count = std::atoi(argv[6]),
                  .per_second = 7 < argc ? std::atof(argv[7]) : 0};
  const bool finished = run(load);
  std::printf("count %d ok %d\n", load.answered, load.successes);
  return finished && load.successes == load.options.count ? 0 : 1;
}
