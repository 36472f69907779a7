#include "daemon/log.h"

#include <atomic>
#include <string>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

using namespace std::chrono_literals;
using namespace rdpwatch;
using namespace rdpwatch::daemon;

namespace {

const std::chrono::system_clock::time_point kTime{1795348800123ms};  // 2026-11-22 12:00:00.123 UTC

/// A pipe with a Log at its one end.
struct PipedLog {
  explicit PipedLog(LogOptions options) {
    REQUIRE(::pipe(ends) == 0);
    log.emplace(options, ends[1]);
  }
  ~PipedLog() {
    log.reset();
    ::close(ends[0]);
    ::close(ends[1]);
  }
  std::string read() {
    std::string text(65536, '\0');
    text.resize(static_cast<std::size_t>(std::max<ssize_t>(0, ::read(ends[0], text.data(), text.size()))));
    return text;
  }
  int ends[2]{};
  std::optional<Log> log{};
};

TargetRecord failed_record() {
  auto report = std::make_shared<ProbeReport>();
  report->target = "rds01.corp.example:3389";
  report->address = "10.1.2.3";
  report->verdict = Verdict::Failed;
  report->phase = Phase::Connect;
  report->duration = 41ms;
  report->failure = Failure{find_reason("tcp_refused"), Phase::Connect, 111, "says \"no\"\n"};
  TargetRecord record;
  record.last = report;
  record.verdict_since = kTime;
  return record;
}

}  // namespace

TEST_CASE("log: a line of text quotes what needs it") {
  CHECK(
      format_line(LogFormat::Text, kTime, LogSeverity::Info, "started",
                  {{"targets", 3}, {"file", "/etc/a b.yaml"}, {"empty", ""}, {"address", "[::1]:3389"}}) ==
      R"(2026-11-22T12:00:00.123Z info    started targets=3 file="/etc/a b.yaml" empty="" address=[::1]:3389)");
  CHECK(format_line(LogFormat::Text, kTime, LogSeverity::Error, "x", {{"a", "b=c \"d\"\n"}}) ==
        R"(2026-11-22T12:00:00.123Z error   x a="b=c \"d\"\n")");
}

TEST_CASE("log: a line of JSON is one valid object, whatever the text holds") {
  std::string nasty = "quote \" backslash \\ bell \a and \xff";
  const auto line =
      format_line(LogFormat::Json, kTime, LogSeverity::Warning, nasty,
                  {{"detail", nasty}, {"count", std::uint64_t{18446744073709551615u}}, {"seconds", 0.25}});
  CHECK(line.find('\n') == std::string::npos);
  const auto object = nlohmann::json::parse(line);
  CHECK(object.at("time") == "2026-11-22T12:00:00.123Z");
  CHECK(object.at("level") == "warning");
  CHECK(object.at("detail") == "quote \" backslash \\ bell \a and \xef\xbf\xbd");
  CHECK(object.at("count") == 18446744073709551615u);
  CHECK(object.at("seconds") == 0.25);
}

TEST_CASE("log: one line tells the change of a verdict") {
  PipedLog piped{{LogFormat::Json, LogSeverity::Info}};
  log_change(*piped.log, failed_record());
  REQUIRE(piped.log->flush(10s));
  const auto object = nlohmann::json::parse(piped.read());
  CHECK(object.at("level") == "warning");
  CHECK(object.at("message") == "verdict changed");
  CHECK(object.at("target") == "rds01.corp.example:3389");
  CHECK(object.at("verdict") == "failed");
  CHECK(object.at("phase") == "connect");
  CHECK(object.at("reason") == "tcp_refused");
  CHECK(object.at("scenario") == "host_refusing");
  CHECK(object.at("detail") == "says \"no\"\n");
  CHECK(object.at("since") == "2026-11-22T12:00:00.123Z");
  CHECK(object.at("duration_seconds") == 0.041);
}

TEST_CASE("log: a change to failed tells from where it was asked, and when it last was well") {
  PipedLog piped{{LogFormat::Json, LogSeverity::Info}};
  auto record = failed_record();
  auto report = std::make_shared<ProbeReport>(*record.last);
  path::Context context{.egress = {.address = "10.1.1.9", .interface = "wg0", .kind = "wireguard"},
                        .target_kind = "private"};
  report->context = std::make_shared<const path::Context>(context);
  record.last = report;
  auto good = std::make_shared<ProbeReport>();
  good->time = kTime - 60s;
  good->nla.emplace().os_build = "10.0.20348";
  record.last_good = good;
  log_change(*piped.log, record);
  REQUIRE(piped.log->flush(10s));
  const auto object = nlohmann::json::parse(piped.read());
  CHECK(object.at("from") == "10.1.1.9 by wg0 (wireguard)");
  CHECK(object.at("address_kind") == "private");
  CHECK(object.at("last_good") == "2026-11-22T11:59:00.123Z");
  CHECK(object.at("os_build") == "10.0.20348");
}

TEST_CASE("log: one line tells where the way to a target ends") {
  PipedLog piped{{LogFormat::Json, LogSeverity::Info}};
  auto record = failed_record();
  auto target = std::make_shared<config::Target>();
  target->id = "rds01";
  record.target = target;
  PathLook look{.time = kTime, .address = "10.1.2.3", .row = find_reason("tcp_timeout")};
  look.seen.trace.hops = {{1, "10.1.1.1", 1ms}};
  look.seen.trace.end = path::End::Silent;
  look.seen.trace.at = 1;
  look.seen.ping.sent = 3;
  record.path = std::make_shared<const PathLook>(look);
  log_path(*piped.log, record);
  REQUIRE(piped.log->flush(10s));
  const auto object = nlohmann::json::parse(piped.read());
  CHECK(object.at("message") == "path traced");
  CHECK(object.at("target") == "rds01");
  CHECK(object.at("reason") == "tcp_timeout");
  CHECK(object.at("path") == "answers up to hop 1 (10.1.1.1), then silence: the drop is there or behind it");
  CHECK(object.at("look_at") == "hop 1 (10.1.1.1) or behind it");
  CHECK(object.at("ping") == "none of 3 answered");
}

TEST_CASE("log: messages below the level are neither written nor counted") {
  PipedLog piped{{LogFormat::Text, LogSeverity::Warning}};
  std::atomic<int> counted{0};
  piped.log->set_counter([&](LogSeverity) { ++counted; });
  piped.log->debug("a");
  piped.log->info("b");
  piped.log->warning("c");
  piped.log->error("d");
  REQUIRE(piped.log->flush(10s));
  CHECK(counted == 2);
  const auto text = piped.read();
  CHECK(text.find(" c\n") != std::string::npos);
  CHECK(text.find(" b\n") == std::string::npos);
}

TEST_CASE("log: a pipe that nobody reads holds up nobody") {
  PipedLog piped{{LogFormat::Text, LogSeverity::Info}};
  const std::string long_text(200, 'x');
  for (int i = 0; i < 50'000; ++i) piped.log->info(long_text);  // 10 MB into 64 KB of pipe
  CHECK_FALSE(piped.log->flush(10ms));
  while (!piped.log->flush(1ms)) piped.read();
}

TEST_CASE("log: the words of the command line") {
  CHECK(log_severity_from("warning") == LogSeverity::Warning);
  CHECK(log_severity_from("warn") == LogSeverity::Warning);
  CHECK_FALSE(log_severity_from("loud"));
  CHECK(log_format_from("json") == LogFormat::Json);
  CHECK_FALSE(log_format_from("xml"));
}

TEST_CASE("log: a verdict of a disturbed vantage says so") {
  PipedLog piped{{LogFormat::Json, LogSeverity::Info}};
  auto record = failed_record();
  record.suspect = std::make_shared<const std::string>("resolver, route");
  log_change(*piped.log, record);
  REQUIRE(piped.log->flush(10s));
  CHECK(nlohmann::json::parse(piped.read()).at("suspect_vantage") == "resolver, route");
}
