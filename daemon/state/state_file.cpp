#include "daemon/state/state_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace rdpwatch::daemon::state {
namespace {

constexpr const char* kName = "rdpwatch.state";
constexpr off_t kMostBytes = off_t{1} << 31;

std::unexpected<std::string> cannot(const std::string& what, int error) {
  return std::unexpected{"cannot " + what + ": " + std::strerror(error)};
}

}  // namespace

FileCalls FileCalls::of_the_system() {
  return {[](const char* path, int flags, mode_t mode) { return ::open(path, flags, mode); }, ::write,
          ::fsync, ::rename};
}

StateFile::StateFile(const std::filesystem::path& folder, FileCalls calls)
    : folder_{folder.string()},
      path_{(folder / kName).string()},
      new_path_{path_ + ".new"},
      calls_{std::move(calls)} {}

StateFile::~StateFile() {
  abandon();
  if (folder_end_ != -1) ::close(folder_end_);
}

std::expected<std::optional<std::string>, std::string> StateFile::read() const {
  const int file = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file == -1 && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (file == -1) return cannot("open " + path_, errno);
  struct stat about {};
  std::string text;
  std::string wrong;
  if (::fstat(file, &about) != 0 || !S_ISREG(about.st_mode)) wrong = path_ + " is not a file";
  else if (kMostBytes < about.st_size) wrong = path_ + " is too large";
  else text.resize(static_cast<std::size_t>(about.st_size));
  std::size_t size = 0;
  while (wrong.empty() && size < text.size()) {
    const ssize_t got = ::read(file, text.data() + size, text.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) wrong = "cannot read " + path_ + ": " + std::strerror(errno);
    if (got <= 0) break;
    size += static_cast<std::size_t>(got);
  }
  ::close(file);
  if (!wrong.empty()) return std::unexpected{std::move(wrong)};
  text.resize(size);
  return text;
}

std::expected<std::string, std::string> StateFile::set_aside(std::string_view time) {
  auto aside = path_ + ".bad-" + std::string{time};
  if (calls_.rename(path_.c_str(), aside.c_str()) != 0 && errno != ENOENT)
    return cannot("rename " + path_ + " to " + aside, errno);
  return aside;
}

std::expected<bool, std::string> StateFile::lock() {
  if (folder_end_ != -1) return true;
  if (::mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST) return cannot("make " + folder_, errno);
  const int folder = calls_.open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
  if (folder == -1) return cannot("open " + folder_, errno);
  if (::flock(folder, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    ::close(folder);
    if (error == EWOULDBLOCK) return false;
    return cannot("lock " + folder_, error);
  }
  folder_end_ = folder;
  return true;
}

std::expected<void, std::string> StateFile::begin() {
  abandon();
  const auto locked = lock();
  if (!locked) return std::unexpected{locked.error()};
  if (!*locked) return std::unexpected{"another rdpwatch keeps its state in " + folder_};
  file_ = calls_.open(new_path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file_ == -1) return cannot("write " + new_path_, errno);
  return {};
}

std::expected<void, std::string> StateFile::write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = calls_.write(file_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return give_up();
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

std::expected<void, std::string> StateFile::commit() {
  if (calls_.sync(file_) != 0) return give_up();
  ::close(std::exchange(file_, -1));
  if (calls_.rename(new_path_.c_str(), path_.c_str()) != 0) {
    const int error = errno;
    ::unlink(new_path_.c_str());
    return cannot("rename " + new_path_ + " to " + path_, error);
  }
  if (calls_.sync(folder_end_) != 0) return cannot("write " + folder_, errno);
  return {};
}

void StateFile::abandon() {
  if (file_ == -1) return;
  ::close(std::exchange(file_, -1));
  ::unlink(new_path_.c_str());
}

/// With a full disk, others need what the unfinished file holds.
std::unexpected<std::string> StateFile::give_up() {
  const int error = errno;
  abandon();
  return cannot("write " + new_path_, error);
}

}  // namespace rdpwatch::daemon::state
