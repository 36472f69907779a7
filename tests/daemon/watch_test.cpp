#include "daemon/watch.h"

#include <fstream>

#include <doctest/doctest.h>

#include "tests/support/scratch_folder.h"

using namespace std::chrono_literals;
using rdpwatch::daemon::Watcher;
using rdpwatch::test::ScratchFolder;

namespace {

struct Bench {
  explicit Bench(Watcher::Options options) : watcher{io, background, options, [this] { ++told; }} {}
  ~Bench() {
    watcher.stop();
    io.poll();
    background.join();
    io.poll();
  }

  /// Runs the loop until it was told `count` times; false when that takes longer than anything should.
  bool wait_for(int count) {
    const auto limit = std::chrono::steady_clock::now() + 60s;
    while (told < count && std::chrono::steady_clock::now() < limit) {
      io.run_one_for(1s);
    }
    return told == count;
  }

  /// What one change causes may be told in several bursts.
  bool wait_for_more_than(int count) {
    io.poll();
    const auto limit = std::chrono::steady_clock::now() + 60s;
    while (told <= count && std::chrono::steady_clock::now() < limit) io.run_one_for(1s);
    return count < told;
  }

  int told = 0;
  asio::io_context io{};
  asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
  asio::thread_pool background{1};
  Watcher watcher;
};

}  // namespace

TEST_CASE("watch: what happens in a folder is told once for a burst") {
  const ScratchFolder folder;
  folder.write("lists/a.yaml", "- host: a");
  Bench bench{{50ms, 10s, 1s, true}};
  bench.watcher.watch({folder.path("lists"), folder.path("lists/a.yaml")});
  CHECK_FALSE(bench.watcher.polling());
  for (int i = 0; i < 100; ++i) folder.write("lists/b.yaml", std::to_string(i));
  CHECK(bench.wait_for(1));
  std::filesystem::remove(folder.path("lists/b.yaml"));
  CHECK(bench.wait_for(2));
}

TEST_CASE("watch: a writer that never rests is told of all the same") {
  const ScratchFolder folder;
  folder.write("lists/a.yaml", "");
  Bench bench{{60s, 200ms, 1s, true}};
  bench.watcher.watch({folder.path("lists")});
  folder.write("lists/a.yaml", "1");
  CHECK(bench.wait_for(1));
}

TEST_CASE("watch: without inotify it looks from time to time") {
  const ScratchFolder folder;
  folder.write("lists/a.yaml", "");
  Bench bench{{10ms, 10s, 20ms, false}};
  bench.watcher.watch({folder.path("lists/a.yaml")});
  CHECK(bench.watcher.polling());
  for (int i = 0; i < 3; ++i) bench.io.run_one_for(10s);  // the first looks, which are only remembered
  folder.write("lists/a.yaml", "longer than before");
  CHECK(bench.wait_for(1));
  CHECK(bench.told == 1);
}

TEST_CASE("watch: a folder that is missing is waited for") {
  const ScratchFolder folder;
  Bench bench{{10ms, 10s, 20ms, true}};
  bench.watcher.watch({folder.path("later/a.yaml")});
  CHECK(bench.watcher.polling());
  bench.io.run_one_for(10s);  // nothing there yet
  folder.write("later/a.yaml", "- host: a");
  CHECK(bench.wait_for(1));
}

TEST_CASE("watch: a link is followed to where its file is renewed") {
  const ScratchFolder folder;
  folder.write("old/cert.pem", "old");
  folder.write("new/cert.pem", "new");
  folder.write("live/note", "");
  folder.write("etc/note", "");
  std::filesystem::create_symlink("../old/cert.pem", folder.path("live/cert.pem"));
  std::filesystem::create_symlink(folder.path("live/cert.pem"), folder.path("etc/cert.pem"));
  Bench bench{{10ms, 10s, 1s, true}};
  bench.watcher.watch({folder.path("etc/cert.pem")});
  CHECK_FALSE(bench.watcher.polling());
  std::filesystem::create_symlink("../new/cert.pem", folder.path("spare"));
  std::filesystem::rename(folder.path("spare"), folder.path("live/cert.pem"));
  CHECK(bench.wait_for(1));
  folder.write("new/cert.pem", "newer");
  CHECK(bench.wait_for_more_than(1));
}

TEST_CASE("watch: a folder behind a link, and one that takes the place of another") {
  const ScratchFolder folder;
  folder.write("first/a.yaml", "1");
  folder.write("second/a.yaml", "2");
  std::filesystem::create_symlink("first", folder.path("current"));
  Bench bench{{10ms, 10s, 1s, true}};
  bench.watcher.watch({folder.path("current/a.yaml")});
  std::filesystem::create_symlink("second", folder.path("spare"));
  std::filesystem::rename(folder.path("spare"), folder.path("current"));
  CHECK(bench.wait_for_more_than(0));
  std::filesystem::rename(folder.path("second"), folder.path("gone"));
  folder.write("second/a.yaml", "3");
  CHECK(bench.wait_for_more_than(bench.told));
  folder.write("second/a.yaml", "4");
  CHECK(bench.wait_for_more_than(bench.told));
}

TEST_CASE("watch: nothing to watch is nothing to do") {
  Bench bench{{}};
  bench.watcher.watch({});
  CHECK_FALSE(bench.watcher.polling());
}
