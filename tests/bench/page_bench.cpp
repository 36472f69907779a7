// What the page of a fleet costs: rendering against a memcpy of it, serving against prometheus-cpp's Registry
// and Exposer with the same series, and memory. Ratios of one run; absolute times are of this machine.
//
//   page_bench [TARGETS]      default 10,000
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <prometheus/exposer.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon/history.h"
#include "daemon/http/doors.h"
#include "daemon/http/server.h"
#include "daemon/metrics/page.h"
#include "tests/bench/cpu_clock.h"
#include "tests/support/exposition.h"
#include "tests/support/fake_records.h"
#include "tests/support/http_client.h"

using namespace rdpwatch;
using daemon::metrics::Format;
using daemon::metrics::Page;
using daemon::metrics::TextBuffer;

namespace {

constexpr int kRounds = 5;

std::string whole_page(const daemon::Store& store) {
  Page page{Format::Text, store.records(), {}};
  TextBuffer out;
  while (page.next(out)) {
  }
  return std::string{out.view()};
}

/// Slice by slice into the same memory, as it is served.
std::size_t render(const daemon::Store& store) {
  Page page{Format::Text, store.records(), {}};
  TextBuffer out;
  std::size_t bytes = 0;
  for (bool more = true; more; out.clear()) {
    more = page.next(out);
    bytes += out.size();
  }
  return bytes;
}

/// The least CPU time of a few rounds: noise only ever adds.
template <class Work>
double least_seconds(Work work) {
  double best = 1e9;
  for (int i = 0; i < kRounds; ++i) {
    const double begin = bench::cpu_seconds();
    work();
    best = std::min(best, bench::cpu_seconds() - begin);
  }
  return best;
}

/// The series of `page` as gauges of prometheus-cpp.
std::shared_ptr<prometheus::Registry> make_registry(const std::string& page) {
  auto registry = std::make_shared<prometheus::Registry>();
  std::map<std::string, prometheus::Family<prometheus::Gauge>*> families;
  for (const test::Sample& sample : test::parse_exposition(page)) {
    auto& family = families[sample.name];
    if (family == nullptr)
      family = &prometheus::BuildGauge().Name(sample.name).Help("the same series").Register(*registry);
    family->Add({sample.labels.begin(), sample.labels.end()}).Set(std::strtod(sample.value.c_str(), nullptr));
  }
  return registry;
}

void fill(daemon::Store& store, std::size_t targets) {
  const auto config = test::fake_config(targets);
  store.replace(*config);
  test::probe_all(store, *config);
}

int serve_ours(std::size_t targets) {
  asio::io_context io{1};
  daemon::Store store;
  fill(store, targets);
  const daemon::metrics::SelfMetrics self{{}};
  const daemon::History history;
  const daemon::http::Doors doors{io, store, history, self, {}, "bench"};
  daemon::http::HttpServer server{io, doors.handler()};
  if (const auto started = server.start({"127.0.0.1:0"}); !started) return 1;
  std::printf("%s\n", server.addresses().front().c_str());
  std::fflush(stdout);
  io.run();
  return 0;
}

int serve_exposer(std::size_t targets) {
  std::shared_ptr<prometheus::Registry> registry;
  {
    daemon::Store store;
    fill(store, targets);
    registry = make_registry(whole_page(store));
  }
  prometheus::Exposer exposer{"127.0.0.1:0"};
  exposer.RegisterCollectable(registry);
  std::printf("127.0.0.1:%d\n", exposer.GetListeningPorts().front());
  std::fflush(stdout);
  ::pause();
  return 0;
}

/// This program again, as a server in a process of its own.
class Server {
 public:
  Server(const std::string& kind, std::size_t targets) {
    int pipe_ends[2];
    if (::pipe(pipe_ends) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(pipe_ends[1], 1);
      const std::string count = std::to_string(targets);
      ::execl("/proc/self/exe", "page_bench", kind.c_str(), count.c_str(), nullptr);
      ::_exit(127);
    }
    ::close(pipe_ends[1]);
    std::string line;
    for (char c = 0; ::read(pipe_ends[0], &c, 1) == 1 && c != '\n';) line += c;
    ::close(pipe_ends[0]);
    port_ = static_cast<std::uint16_t>(std::stoi(line.substr(line.rfind(':') + 1)));
  }
  ~Server() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  double cpu_seconds() const {
    clockid_t clock{};
    timespec time{};
    if (::clock_getcpuclockid(pid_, &clock) != 0 || ::clock_gettime(clock, &time) != 0) return 0;
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
  }

  long resident_kib() const {
    std::ifstream status{"/proc/" + std::to_string(pid_) + "/status"};
    for (std::string word; status >> word;)
      if (long kib = 0; word == "VmRSS:" && status >> kib) return kib;
    return 0;
  }

  /// CPU seconds that the server spends on one scrape, the least of a few.
  double scrape(const std::string& headers) const {
    double best = 1e9;
    for (int i = 0; i < kRounds; ++i) {
      const double begin = cpu_seconds();
      if (!test::http_get(port_, "/metrics", headers).whole) return 0;
      best = std::min(best, cpu_seconds() - begin);
    }
    return best;
  }

 private:
  pid_t pid_ = -1;
  std::uint16_t port_ = 0;
};

void print(const char* what, double value, const char* unit) {
  std::printf("%-58s %10.3f %s\n", what, value, unit);
}

void bench_rendering(std::size_t targets) {
  daemon::Store store;
  fill(store, targets);
  const std::string page = whole_page(store);
  std::string copy(page.size(), '\0');
  const double floor = least_seconds([&] { std::memcpy(copy.data(), page.data(), page.size()); });
  const double ours = least_seconds([&] { render(store); });
  const auto registry = make_registry(page);
  const double theirs =
      least_seconds([&] { copy = prometheus::TextSerializer{}.Serialize(registry->Collect()); });
  print("page", static_cast<double>(page.size()) / 1e6, "MB");
  print("memcpy of it", floor * 1e3, "ms");
  print("rendered", ours * 1e3, "ms");
  print("prometheus-cpp Registry + TextSerializer", theirs * 1e3, "ms");
  print("P6 render / memcpy (goal 5)", ours / floor, "x");
  print("P6 render / prometheus-cpp", ours / theirs, "x");
}

void bench_serving(std::size_t targets) {
  const Server ours{"--serve-ours", targets};
  const Server theirs{"--serve-exposer", targets};
  const std::string packed = "Accept-Encoding: gzip\r\n";
  const double our_plain = ours.scrape({});
  const double our_gzip = ours.scrape(packed);
  const double their_plain = theirs.scrape({});
  const double their_gzip = theirs.scrape(packed);
  print("served", our_plain * 1e3, "ms");
  print("served, gzip", our_gzip * 1e3, "ms");
  print("prometheus-cpp Exposer", their_plain * 1e3, "ms");
  print("prometheus-cpp Exposer, gzip", their_gzip * 1e3, "ms");
  print("P6 served / Exposer (goal 0.06)", our_plain / their_plain, "x");
  print("P6 served / Exposer, both gzip (goal 0.15)", our_gzip / their_gzip, "x");
  for (int i = 0; i < 30 / kRounds; ++i) ours.scrape(i % 2 == 0 ? packed : std::string{});
  print("P7 RSS after 30 scrapes and more (goal 64)", static_cast<double>(ours.resident_kib()) / 1024, "MiB");
  const Server large{"--serve-ours", targets * 5};
  large.scrape(packed);
  print(
      "P7 RSS of each further record (goal 4, all included)",
      static_cast<double>(large.resident_kib() - ours.resident_kib()) / (4.0 * static_cast<double>(targets)),
      "KiB");
}

}  // namespace

int main(int argc, char** argv) {
  const std::string first = 1 < argc ? argv[1] : "10000";
  if (first == "--serve-ours") return serve_ours(std::stoul(argv[2]));
  if (first == "--serve-exposer") return serve_exposer(std::stoul(argv[2]));
  const std::size_t targets = std::stoul(first);
  bench_rendering(targets);
  bench_serving(targets);
  return 0;
}
