#include "daemon/journal.h"

#include <array>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/daemon/datagram_box.h"

using namespace std::chrono_literals;
using namespace rdpwatch::daemon;
using rdpwatch::test::DatagramBox;

namespace {

struct Pipe {
  Pipe() { REQUIRE(::pipe(ends.data()) == 0); }
  ~Pipe() {
    for (const int end : ends) ::close(end);
  }
  std::array<int, 2> ends{};
};

bool has(const std::string& entry, const std::string& line) {
  return ("\n" + entry).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("journal: an entry carries text, priority, fields and the id of the message") {
  const auto entry =
      journal_entry(LogSeverity::Warning, "verdict changed target=a", "verdict changed",
                    {{"target", "a"}, {"phase", "connect"}, {"reason", "tcp_refused"}, {"runs", 3}});
  CHECK(entry.starts_with("MESSAGE=verdict changed target=a\n"));
  for (const char* const line : {"PRIORITY=4", "SYSLOG_IDENTIFIER=rdpwatch", "RDP_TARGET=a",
                                 "RDP_PHASE=connect", "RDP_REASON=tcp_refused", "RDP_RUNS=3"})
    CHECK_MESSAGE(has(entry, line), line);
  CHECK(entry.find("\nMESSAGE_ID=") != std::string::npos);
  CHECK(journal_entry(LogSeverity::Info, "x", "x", {}).find("MESSAGE_ID") == std::string::npos);
  CHECK(journal_text(entry) == "verdict changed target=a");
}

TEST_CASE("journal: a value of several lines cannot become a field") {
  const std::string nasty = "one\nPRIORITY=0";
  const auto entry = journal_entry(LogSeverity::Info, nasty, "x", {{"detail", nasty}});
  CHECK(entry.starts_with(std::string{"MESSAGE\n\x0e\0\0\0\0\0\0\0one\nPRIORITY=0\nPRIORITY=6\n", 42}));
  CHECK(entry.find(std::string{"RDP_DETAIL\n\x0e\0\0\0\0\0\0\0one\nPRIORITY=0\n", 34}) != std::string::npos);
  CHECK(journal_text(entry) == nasty);
}

TEST_CASE("journal: text of anything is nothing worse") {
  for (const std::string entry : {"", "MESSAGE", "MESSAGE\n", "MESSAGE\n\x05", "MESSAGE=", "x"})
    CHECK(journal_text(entry).size() < 2);
}

TEST_CASE("journal: it is behind a descriptor only when the environment names that descriptor") {
  const Pipe pipe;
  struct stat status {};
  REQUIRE(::fstat(pipe.ends[1], &status) == 0);
  ::setenv("JOURNAL_STREAM", (std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino)).c_str(),
           1);
  CHECK(journal_behind(pipe.ends[1]) == kJournalSocket);
  CHECK(journal_behind(-1).empty());
  ::setenv("JOURNAL_STREAM", "1:2", 1);
  CHECK(journal_behind(pipe.ends[1]).empty());
  ::unsetenv("JOURNAL_STREAM");
  CHECK(journal_behind(pipe.ends[1]).empty());
}

TEST_CASE("journal: a log writes entries there, and lines when it is gone") {
  auto box = std::make_unique<DatagramBox>();
  const Pipe pipe;
  Log log{{LogFormat::Text, LogSeverity::Info, box->path()}, pipe.ends[1]};
  log.info("configuration loaded", {{"targets", 3}, {"file", "a b"}});
  const auto entry = box->next();
  CHECK(entry.starts_with("MESSAGE=configuration loaded targets=3 file=\"a b\"\nPRIORITY=6\n"));
  CHECK(has(entry, "RDP_FILE=a b"));
  box.reset();
  log.error("afterwards");
  REQUIRE(log.flush(60s));
  std::array<char, 100> line{};
  REQUIRE(0 < ::read(pipe.ends[0], line.data(), line.size()));
  CHECK(std::string{line.data()} == "afterwards\n");
}

TEST_CASE("journal: JSON that was asked for stays JSON as the text of an entry") {
  const DatagramBox box;
  Log log{{LogFormat::Json, LogSeverity::Info, box.path()}, 2};
  log.info("hello", {{"target", "a"}});
  const auto entry = box.next();
  CHECK(entry.starts_with("MESSAGE={\"time\":"));
  CHECK(has(entry, "RDP_TARGET=a"));
}

TEST_CASE("journal: the manual lists the ids that messages have") {
  std::ifstream manual{RDPWATCH_SOURCE_DIR "/deploy/man/rdpwatch.1"};
  const std::string item = ".It Li ";
  int listed = 0;
  for (std::string line, message; std::getline(manual, line);) {
    if (!line.starts_with(item) || line.size() != item.size() + 32) continue;
    REQUIRE(std::getline(manual, message));
    CHECK_MESSAGE(
        has(journal_entry(LogSeverity::Info, message, message, {}), "MESSAGE_ID=" + line.substr(item.size())),
        message);
    ++listed;
  }
  CHECK(listed == 8);
}
