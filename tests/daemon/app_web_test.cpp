// The web configuration file while the daemon runs.
#include <doctest/doctest.h>

#include "tests/daemon/app_bench.h"
#include "tests/daemon/piped_log.h"

using namespace rdpwatch;
using rdpwatch::test::AppBench;
using rdpwatch::test::PipedLog;

namespace {

const std::string kMain =
    "web: {config_file: web/web.yaml}\nmodules: {default: {interval: 1h}}\ntargets: [a.example]\n";

std::string header(const std::string& policy) {
  return "http_server_config: {headers: {Content-Security-Policy: \"" + policy + "\"}}\n";
}

bool serves(const AppBench& bench, const std::string& policy) {
  return bench.web.headers == config::Headers{{"Content-Security-Policy", policy}};
}

}  // namespace

TEST_CASE("web file: it is in effect from the start, and each good change is") {
  AppBench bench;
  bench.folder.write("rdpwatch.yaml", kMain);
  bench.folder.write("web/web.yaml", header("one"));
  bench.start();
  CHECK(bench.on_loop([&](daemon::App&) { return serves(bench, "one"); }));
  bench.folder.write("web/web.yaml", header("two"));
  CHECK(bench.until([&](daemon::App&) { return serves(bench, "two"); }));
  CHECK(bench.on_loop([&](daemon::App&) { return bench.actions->config()->web.file->headers; }) ==
        config::Headers{{"Content-Security-Policy", "two"}});
}

TEST_CASE("web file: a change of it takes nothing else along") {
  AppBench bench;
  bench.folder.write("rdpwatch.yaml", kMain);
  bench.folder.write("web/web.yaml", header("one"));
  bench.start();
  bench.folder.write("rdpwatch.yaml", "tragets: half written");
  bench.folder.write("web/web.yaml", header("two"));
  CHECK(bench.until([&](daemon::App&) { return serves(bench, "two"); }));
  CHECK_FALSE(bench.reload().ok);
}

TEST_CASE("web file: a broken one changes nothing and is told once") {
  const PipedLog lines;
  AppBench bench;
  lines.take(bench);
  bench.folder.write("rdpwatch.yaml", kMain);
  bench.folder.write("web/web.yaml", header("one"));
  bench.start();
  bench.folder.write("web/web.yaml", "basic_auth_users: {alice: hunter2}\n");
  CHECK(lines.wait_for("web configuration refused, the old one stays in effect"));
  bench.folder.write("web/other.yaml", "");  // the folder is looked at again
  bench.folder.write("web/web.yaml", header("two"));
  CHECK(bench.until([&](daemon::App&) { return serves(bench, "two"); }));
  CHECK(lines.wait_for("web configuration loaded"));
  CHECK(lines.count("refused") == 1);
  CHECK(lines.text().find("hunter2") == std::string::npos);
}

TEST_CASE("web file: a reload reads it, too, all or nothing, and leaves an unchanged one alone") {
  AppBench bench;
  bench.folder.write("rdpwatch.yaml", kMain);
  bench.folder.write("web/web.yaml", header("one"));
  bench.start();
  bench.folder.write("rdpwatch.yaml", kMain + "external_url: http://x.example\n");
  CHECK(bench.reload().ok);
  CHECK(bench.on_loop([&](daemon::App&) { return bench.secured; }) == 1);
  bench.folder.write("rdpwatch.yaml", "web: {config_file: missing.yaml}\ntargets: [b.example]\n");
  CHECK_FALSE(bench.reload().ok);
  bench.folder.write("rdpwatch.yaml", "targets: [a.example]\n");
  CHECK(bench.reload().ok);
  CHECK(bench.on_loop([&](daemon::App&) { return bench.web.headers.empty(); }));
}

TEST_CASE("web file: the command line names another") {
  AppBench bench;
  bench.folder.write("rdpwatch.yaml", kMain);
  bench.folder.write("other.yaml", header("other"));
  bench.options.web_config_file = bench.folder.path("other.yaml");
  bench.start();
  CHECK(bench.on_loop([&](daemon::App&) { return serves(bench, "other"); }));
}
