#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <sys/types.h>

namespace rdpwatch::daemon::state {

/// The steps of writing that can fail; a test lets them.
struct FileCalls {
  std::function<int(const char* path, int flags, mode_t mode)> open{};
  std::function<ssize_t(int file, const void* bytes, size_t count)> write{};
  std::function<int(int file)> sync{};
  std::function<int(const char* from, const char* to)> rename{};

  static FileCalls of_the_system();
};

/// The folder of the state, and the one file in it. Errors are one line: what cannot be done, and why.
/// Not thread-safe.
class StateFile {
 public:
  explicit StateFile(const std::filesystem::path& folder, FileCalls calls = FileCalls::of_the_system());
  ~StateFile();
  StateFile(const StateFile&) = delete;
  StateFile& operator=(const StateFile&) = delete;

  std::string path() const { return path_; }

  /// Makes sure that no other process writes to the folder, which is made when only itself is missing. False:
  /// another one does; error: it cannot be known. Until the end of this object.
  std::expected<bool, std::string> lock();

  /// The whole file; nothing when there is none.
  std::expected<std::optional<std::string>, std::string> read() const;

  /// Renames the file to NAME.bad-TIME, which it returns; also when it is out of the way already.
  std::expected<std::string, std::string> set_aside(std::string_view time);

  /// Begins a new file beside the old one, in a folder that is locked.
  std::expected<void, std::string> begin();
  std::expected<void, std::string> write(std::string_view text);
  /// Puts the new file in the place of the old one, in one step that a power cut does not halve.
  std::expected<void, std::string> commit();
  /// Forgets the new file.
  void abandon();

 private:
  std::unexpected<std::string> give_up();

  std::string folder_;
  std::string path_;
  std::string new_path_;
  FileCalls calls_;
  int folder_end_ = -1;  ///< open and locked
  int file_ = -1;        ///< the new one
};

}  // namespace rdpwatch::daemon::state
