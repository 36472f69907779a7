// Climbs with the daemon's own Prober in a burst and prints CPU per climb, or holds climbs that stall and
// prints the memory of each.
//   climb --port P --depth connect|negotiate|tls|nla --count N --concurrency C --hosts H [--stall]
// Hosts are 127.1.0.1 and following. With --stall all climbs run at once against hosts that go silent in tls:
// half the time limit after the start the resident memory is compared with that before.
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <asio.hpp>

#include "probes/probe.h"
#include "tests/bench/cpu_clock.h"

namespace {

using namespace rdpwatch;

struct Options {
  std::uint16_t port = 3389;
  std::string depth = "nla";
  int count = 1000;
  int concurrency = 32;
  int hosts = 1000;
  bool stall = false;
};

struct Run {
  Prober& prober;
  const Options& options;
  std::vector<std::shared_ptr<const config::Target>> targets;
  int started = 0;
  int passed = 0;
  int finished = 0;
};

std::vector<std::shared_ptr<const config::Target>> make_targets(const Options& options) {
  config::Module module;
  module.depth = phase_from(options.depth).value();
  module.retries = 0;
  module.timeout = std::chrono::seconds{options.stall ? 20 : 10};
  const auto shared = std::make_shared<const config::Module>(module);
  std::vector<std::shared_ptr<const config::Target>> targets;
  for (int i = 0; i < options.hosts; ++i) {
    config::Target target;
    target.host = asio::ip::make_address_v4(0x7F010001u + static_cast<unsigned>(i)).to_string();
    target.port = options.port;
    target.id = target.endpoint();
    target.module = shared;
    targets.push_back(std::make_shared<const config::Target>(target));
  }
  return targets;
}

asio::awaitable<void> climb_until_done(Run& run) {
  while (run.started < run.options.count) {
    ProbeRequest request;
    request.target = run.targets[std::size_t(run.started++) % run.targets.size()];
    const auto result = co_await run.prober.probe(std::move(request));
    ++run.finished;
    if (result.end == ProbeEnd::Finished && result.report->verdict != Verdict::Failed) ++run.passed;
  }
}

void rethrow(std::exception_ptr error) {
  if (error) std::rethrow_exception(error);
}

int burst(asio::io_context& io, Run& run) {
  const double before = bench::cpu_seconds();
  for (int i = 0; i < run.options.concurrency; ++i) asio::co_spawn(io, climb_until_done(run), rethrow);
  io.run();
  const double spent = bench::cpu_seconds() - before;
  std::printf("count %d ok %d cpu_us %.2f\n", run.finished, run.passed, spent * 1e6 / run.finished);
  return run.passed == run.options.count ? 0 : 1;
}

int stall(asio::io_context& io, Run& run) {
  const long before = bench::resident_kib();
  for (int i = 0; i < run.options.count; ++i) asio::co_spawn(io, climb_until_done(run), rethrow);
  io.run_for(std::chrono::seconds{10});
  const long after = bench::resident_kib();
  std::printf("count %d stalled %d kib %.1f\n", run.options.count, run.started - run.finished,
              double(after - before) / run.options.count);
  const bool all_stalled = run.started - run.finished == run.options.count;
  run.prober.stop();
  io.run_for(std::chrono::seconds{5});
  return all_stalled ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"climbs in a burst and prints what one costs"};
  app.add_option("--port", options.port);
  app.add_option("--depth", options.depth);
  app.add_option("--count", options.count);
  app.add_option("--concurrency", options.concurrency);
  app.add_option("--hosts", options.hosts);
  app.add_flag("--stall", options.stall);
  CLI11_PARSE(app, argc, argv);
  asio::io_context io{1};
  Prober prober{io};
  Run run{.prober = prober, .options = options, .targets = make_targets(options)};
  return options.stall ? stall(io, run) : burst(io, run);
}
