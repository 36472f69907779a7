#include "daemon/state/state_file.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/scratch_folder.h"

using namespace rdpwatch::daemon::state;
using rdpwatch::test::ScratchFolder;

namespace {

std::string content(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream{file}.rdbuf();
  return text.str();
}

std::size_t files_in(const ScratchFolder& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{folder.path()}, {}));
}

/// Writes `text` as a new state; the error, or nothing.
std::string save(StateFile& file, std::string_view text) {
  auto done = file.begin();
  if (done) done = file.write(text);
  if (done) done = file.commit();
  return done ? "" : done.error();
}

int fail(int error) {
  errno = error;
  return -1;
}

}  // namespace

TEST_CASE("state file: a new one takes the place of the old, readable by its owner alone") {
  const ScratchFolder folder;
  StateFile file{folder.path()};
  CHECK(file.read().value() == std::nullopt);
  CHECK(save(file, "one") == "");
  CHECK(save(file, "two, which is longer") == "");
  CHECK(file.read().value() == "two, which is longer");
  CHECK(files_in(folder) == 1);
  struct stat about {};
  REQUIRE(::stat(file.path().c_str(), &about) == 0);
  CHECK((about.st_mode & 0777U) == 0600);
}

TEST_CASE("state file: the folder is made when only itself is missing") {
  const ScratchFolder folder;
  StateFile file{folder.path("state")};
  CHECK(save(file, "one") == "");
  StateFile deep{folder.path("no/such/folder")};
  CHECK(save(deep, "one").find("no/such/folder: No such file or directory") != std::string::npos);
}

TEST_CASE("state file: a step that fails leaves the old file, and nothing else") {
  const ScratchFolder folder;
  {
    StateFile file{folder.path()};
    REQUIRE(save(file, "the old one") == "");
  }
  auto calls = FileCalls::of_the_system();
  std::string expected;
  SUBCASE("open") {
    calls.open = [](const char* path, int flags, mode_t mode) {
      return (flags & O_CREAT) != 0 ? fail(EACCES) : ::open(path, flags, mode);
    };
    expected = "Permission denied";
  }
  SUBCASE("the disk is full at once") {
    calls.write = [](int, const void*, std::size_t) { return fail(ENOSPC); };
    expected = "No space left on device";
  }
  SUBCASE("the disk is full after a while") {
    calls.write = [room = 4](int file, const void* bytes, std::size_t count) mutable -> ssize_t {
      if (room == 0) return fail(ENOSPC);
      --room;
      return ::write(file, bytes, std::min<std::size_t>(count, 1));
    };
    expected = "No space left on device";
  }
  SUBCASE("sync") {
    calls.sync = [](int) { return fail(EIO); };
    expected = "Input/output error";
  }
  SUBCASE("rename") {
    calls.rename = [](const char*, const char*) { return fail(EACCES); };
    expected = "Permission denied";
  }
  StateFile file{folder.path(), calls};
  const auto error = save(file, "the new one");
  CHECK(error.find("rdpwatch.state.new") != std::string::npos);
  CHECK(error.find(expected) != std::string::npos);
  CHECK(content(file.path()) == "the old one");
  CHECK(files_in(folder) == 1);
}

TEST_CASE("state file: bytes that are written in pieces, or after an interruption, are all there") {
  const ScratchFolder folder;
  auto calls = FileCalls::of_the_system();
  calls.write = [turn = 0](int file, const void* bytes, std::size_t count) mutable -> ssize_t {
    if (++turn % 2 == 0) return fail(EINTR);
    return ::write(file, bytes, std::min<std::size_t>(count, 3));
  };
  StateFile file{folder.path(), calls};
  CHECK(save(file, "many more than three bytes") == "");
  CHECK(content(file.path()) == "many more than three bytes");
}

TEST_CASE("state file: two that write to one folder do not overwrite each other") {
  const ScratchFolder folder;
  StateFile late{folder.path()};
  {
    StateFile first{folder.path()};
    CHECK(save(first, "first") == "");
    CHECK(save(late, "late") == "another rdpwatch keeps its state in " + folder.path().string());
    CHECK(content(first.path()) == "first");
  }
  CHECK(save(late, "late") == "");
}

TEST_CASE("state file: one that is no file, or cannot be read, is said to be so and set aside") {
  const ScratchFolder folder;
  StateFile file{folder.path()};
  std::filesystem::create_directory(file.path());
  CHECK(file.read().error() == file.path() + " is not a file");
  CHECK(file.set_aside("20270102T000000Z").value() == file.path() + ".bad-20270102T000000Z");
  CHECK(file.read().value() == std::nullopt);
  CHECK(std::filesystem::is_directory(file.path() + ".bad-20270102T000000Z"));
  CHECK(file.set_aside("20270102T000000Z"));  // it is out of the way already
}
