#include <fstream>
#include <iostream>

#include <CLI/CLI.hpp>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "tests/rdpsim/dns_server.h"
#include "tests/rdpsim/server.h"
#include "tests/rdpsim/yaml_fields.h"

namespace rdpwatch::rdpsim {
namespace {

constexpr int kExitConfiguration = 78;

struct Options {
  std::string config{};
  std::optional<std::uint16_t> port{};
  int ready_fd = -1;
  double time_scale = 1.0;
  std::string write_ca{};
  std::string stats{};
  std::uint64_t seed = 1;
};

void write_stats(const Shared& shared, const std::string& file) {
  const std::string line = shared.stats.to_json(shared.fleet) + "\n";
  if (file.empty()) std::cout << line << std::flush;
  else std::ofstream{file, std::ios::app} << line;
}

/// SIGTERM and SIGINT end the loop, SIGUSR1 writes the counters.
class Signals : public Watcher {
 public:
  Signals(Shared& shared, std::string stats_file) : shared_{shared}, stats_file_{std::move(stats_file)} {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) sigaddset(&set, signal);
    sigprocmask(SIG_BLOCK, &set, nullptr);
    fd_ = Fd{signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC)};
  }
  int descriptor() const override { return fd_.get(); }
  void on_event(std::uint32_t) override {
    signalfd_siginfo info{};
    while (::read(fd_.get(), &info, sizeof info) == sizeof info) {
      if (info.ssi_signo == SIGUSR1) write_stats(shared_, stats_file_);
      else shared_.loop.stop();
    }
  }

 private:
  Shared& shared_;
  std::string stats_file_;
  Fd fd_{};
};

void announce(int ready_fd) {
  std::cout << "ready" << std::endl;
  if (0 <= ready_fd && ::write(ready_fd, "ready\n", 6) != 6)
    throw std::runtime_error{"cannot write to the descriptor of --ready-fd"};
}

void serve(const Options& options) {
  Shared shared{.fleet = load_fleet(options.config, options.port, options.time_scale)};
  shared.random_state = options.seed;
  if (!options.write_ca.empty()) {
    std::ofstream out{options.write_ca};
    out << shared.certificates.authority_pem();
    if (!out.flush()) throw std::runtime_error{"cannot write " + options.write_ca};
  }
  shared.loop.add(std::make_unique<Signals>(shared, options.stats), EPOLLIN);
  Server server{shared};
  serve_dns(shared);
  announce(options.ready_fd);
  shared.loop.run();
  write_stats(shared, options.stats);
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app{"rdpsim: healthy and broken RDP hosts on loopback addresses, by a YAML file"};
  app.add_option("--config", options.config, "the fleet")->required();
  app.add_option("--port", options.port, "instead of the file's port for hosts that name none");
  app.add_option("--ready-fd", options.ready_fd, "write a line there when all listeners are open");
  app.add_option("--time-scale", options.time_scale, "times of overlays pass that much faster")
      ->check(CLI::PositiveNumber);
  app.add_option("--write-ca", options.write_ca, "write the PEM of the simulated authority there");
  app.add_option("--stats", options.stats, "append the counters there instead of standard output");
  app.add_option("--seed", options.seed, "of challenges and jitter");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  try {
    serve(options);
  } catch (const FleetError& error) {
    std::cerr << "rdpsim: " << error.what() << '\n';
    return kExitConfiguration;
  } catch (const std::exception& error) {
    std::cerr << "rdpsim: " << error.what() << '\n';
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace rdpwatch::rdpsim

int main(int argc, char** argv) { return rdpwatch::rdpsim::run(argc, argv); }
