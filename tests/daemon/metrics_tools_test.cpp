// The pages as programs read them that we did not write: promtool, and the OpenMetrics parser of the Python
// client.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/metrics/page.h"
#include "daemon/metrics/self_metrics.h"
#include "tests/support/exposition.h"
#include "tests/support/fake_records.h"

using namespace rdpwatch;
using namespace rdpwatch::daemon;
using namespace rdpwatch::daemon::metrics;

namespace {

struct Run {
  int code = -1;
  std::string output{};  ///< both streams
};

Run run(const std::string& command) {
  Run result;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) result.output += static_cast<char>(c);
  const int status = ::pclose(pipe);
  result.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return result;
}

bool available(const std::string& command) {
  if (run(command).code == 0) return true;
  MESSAGE("skipped, because this fails: " << command);
  return false;
}

class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& text) {
    const int fd = ::mkstemp(path_.data());
    REQUIRE(0 <= fd);
    ::close(fd);
    std::ofstream{path_} << text;
  }
  ~TemporaryFile() { ::unlink(path_.c_str()); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_ = "/tmp/rdpwatch-page-XXXXXX";
};

/// A fleet with failures, findings and hostile names, and the daemon's own series with exemplars.
std::string whole_page(Format format) {
  auto config = test::fake_config(50);
  auto hostile = std::make_shared<config::Target>(*config->targets.back());
  hostile->id =
      "z\"\\\n{=,# EOF";  // no closing brace: the Python parser takes one for the end of exemplar labels
  hostile->labels = {{"owner", "\" 1\n# EOF"}};
  config->targets.back() = hostile;
  Store store;
  store.replace(*config);
  test::probe_all(store, *config, 3);
  SelfMetrics self{{"0.1.0", "abc", "g++ 12", "OpenSSL 3.0"}};
  for (const auto& record : store.records()) self.observe(*record.last, std::chrono::milliseconds{2});
  Page page{format, store.records(), self.render(format, store)};
  TextBuffer out;
  while (page.next(out)) {
  }
  return std::string{out.view()};
}

}  // namespace

TEST_CASE("metrics: promtool finds nothing to say about the text page") {
  if (!available("promtool --version")) return;
  const TemporaryFile page{whole_page(Format::Text)};
  const Run result = run("promtool check metrics < " + page.path());
  CHECK(result.output.empty());
  CHECK(result.code == 0);
}

TEST_CASE("metrics: an independent OpenMetrics parser reads every sample and the exemplars") {
  const std::string python = "/usr/bin/python3";
  if (!available(python + " -c 'import prometheus_client.openmetrics.parser'")) return;
  const std::string text = whole_page(Format::OpenMetrics);
  const TemporaryFile page{text};
  const Run result = run(python + " " RDPWATCH_SOURCE_DIR "/tests/daemon/read_openmetrics.py " + page.path());
  CAPTURE(result.output);
  REQUIRE(result.code == 0);
  const std::size_t samples = test::parse_exposition(text).size();
  CHECK(result.output.starts_with("samples " + std::to_string(samples) + "\n"));
  CHECK(result.output.find("\nexemplars 0\n") == std::string::npos);
}
