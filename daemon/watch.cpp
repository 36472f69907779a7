#include "daemon/watch.h"

#include <array>
#include <optional>
#include <set>
#include <utility>

#include <asio/posix/stream_descriptor.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <sys/inotify.h>
#include <unistd.h>

#include "daemon/schedule.h"

namespace rdpwatch::daemon {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// Folders in which something happens when what a path leads to changes: its own, and those of all links on
/// the way, in whichever part of the path they stand.
void add_folders(const fs::path& path, int links_left, std::set<fs::path>& folders) {
  fs::path walked;
  for (auto part = path.begin(); part != path.end(); ++part) {
    walked /= *part;
    std::error_code error;
    if (!fs::is_symlink(walked, error)) continue;
    folders.insert(walked.parent_path());
    auto target = walked.parent_path() / fs::read_symlink(walked, error);
    for (auto rest = std::next(part); rest != path.end(); ++rest) target /= *rest;
    if (0 < links_left) add_folders(target, links_left - 1, folders);
    return;
  }
  std::error_code error;
  folders.insert(fs::is_directory(path, error) ? path : path.parent_path());
}

std::set<fs::path> folders_of(const std::vector<fs::path>& paths) {
  constexpr int kMaxLinks = 40;  // as Linux follows
  std::set<fs::path> folders;
  for (const auto& path : paths) add_folders(path, kMaxLinks, folders);
  return folders;
}

/// A number that changes when a file of the folders is written, appears or goes away.
std::uint64_t fingerprint(const std::set<fs::path>& folders) {
  std::uint64_t sum = 0;
  for (const auto& folder : folders) {
    std::error_code error;
    for (fs::directory_iterator each{folder, error}, end; !error && each != end; each.increment(error)) {
      std::error_code gone;
      const auto written = each->last_write_time(gone).time_since_epoch().count();
      const auto size = each->is_regular_file(gone) ? each->file_size(gone) : 0;
      sum +=
          stable_hash(each->path().native() + '\n' + std::to_string(written) + '\n' + std::to_string(size));
    }
  }
  return sum;
}

}  // namespace

struct Watcher::State : std::enable_shared_from_this<State> {
  State(asio::io_context& context, asio::thread_pool& pool, Options chosen, std::function<void()> callback)
      : io{context},
        background{pool},
        options{chosen},
        changed{std::move(callback)},
        inotify{context},
        calm{context},
        next_look{context} {
    if (!options.use_inotify) return;
    const int descriptor = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (0 <= descriptor) inotify.assign(descriptor);
  }

  void watch(std::vector<fs::path> wanted) {
    paths = std::move(wanted);
    watch_folders();
  }

  /// Anew, since a folder may have been replaced by another of its name, and a link may lead elsewhere.
  void watch_folders() {
    folders = folders_of(paths);
    for (const int watched : std::exchange(watches, {})) ::inotify_rm_watch(inotify.native_handle(), watched);
    constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_MODIFY | IN_CREATE | IN_DELETE | IN_MOVED_FROM |
                                      IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
    bool all = inotify.is_open();
    for (const auto& folder : folders) {
      if (!all) break;
      const int watched = ::inotify_add_watch(inotify.native_handle(), folder.c_str(), kEvents);
      if (watched < 0) all = false;  // no more watches, or a folder that is not there yet
      else watches.insert(watched);
    }
    polling = !all && !folders.empty();
    ++round;
    seen.reset();
    next_look.cancel();
    if (polling) look(round);
  }

  void listen() {
    if (!inotify.is_open()) return;
    inotify.async_wait(asio::posix::stream_descriptor::wait_read,
                       [self = shared_from_this()](asio::error_code error) {
                         if (error || self->stopped) return;
                         self->drain();
                         self->listen();
                       });
  }

  void drain() {
    alignas(inotify_event) std::array<char, 4096> events;
    ssize_t size = 0;
    bool any = false;
    while (0 < (size = ::read(inotify.native_handle(), events.data(), events.size()))) {
      for (const char* at = events.data(); at < events.data() + size;) {
        const auto* event = reinterpret_cast<const inotify_event*>(at);
        any = any || (event->mask & IN_IGNORED) == 0;  // IN_IGNORED: we took the watch away ourselves
        at += sizeof(inotify_event) + event->len;
      }
    }
    if (any) notice();
  }

  void notice() {
    const auto now = Clock::now();
    if (!first_change) first_change = now;
    calm.expires_at(std::min(now + options.calm, *first_change + options.at_most));
    calm.async_wait([self = shared_from_this()](asio::error_code error) {
      if (error || self->stopped) return;
      self->first_change.reset();
      self->watch_folders();  // first, so that what changes from here on is noticed
      self->changed();
    });
  }

  void look(std::uint64_t of_round) {
    asio::post(background, [self = shared_from_this(), of_round, where = folders] {
      const auto found = fingerprint(where);
      asio::post(self->io, [self, of_round, found] { self->looked(of_round, found); });
    });
  }

  void looked(std::uint64_t of_round, std::uint64_t found) {
    if (stopped || of_round != round) return;
    if (seen && *seen != found) notice();
    seen = found;
    next_look.expires_after(options.poll);
    next_look.async_wait([self = shared_from_this(), of_round](asio::error_code error) {
      if (!error && !self->stopped && of_round == self->round) self->look(of_round);
    });
  }

  asio::io_context& io;
  asio::thread_pool& background;
  Options options;
  std::function<void()> changed;
  asio::posix::stream_descriptor inotify;
  asio::steady_timer calm;
  asio::steady_timer next_look;
  std::vector<fs::path> paths{};
  std::set<fs::path> folders{};
  std::set<int> watches{};
  std::optional<Clock::time_point> first_change{};
  std::optional<std::uint64_t> seen{};
  std::uint64_t round = 0;  ///< of watch(): looks of earlier ones are void
  bool polling = false;
  bool stopped = false;
};

Watcher::Watcher(asio::io_context& io, asio::thread_pool& background, Options options,
                 std::function<void()> changed)
    : state_{std::make_shared<State>(io, background, options, std::move(changed))} {
  state_->listen();
}

Watcher::~Watcher() { stop(); }

void Watcher::watch(const std::vector<std::filesystem::path>& paths) { state_->watch(paths); }

void Watcher::stop() {
  if (std::exchange(state_->stopped, true)) return;
  asio::error_code ignored;
  state_->inotify.close(ignored);
  state_->calm.cancel();
  state_->next_look.cancel();
}

bool Watcher::polling() const { return state_->polling; }

}  // namespace rdpwatch::daemon
