#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "config/diagnostic.h"
#include "config/files.h"
#include "config/source.h"

namespace rdpwatch::config {

/// What goes beside the text of a message; both may be empty.
struct Hint {
  std::string expected{};
  std::string suggestion{};
};

/// Collects what is wrong, and knows where in the tree the walker stands. Owns all sources of one run.
class Reader {
 public:
  using TimePoint = std::chrono::system_clock::time_point;

  explicit Reader(FileAccess files = {}, TimePoint now = std::chrono::system_clock::now())
      : files_{std::move(files)}, now_{now} {}
  const FileAccess& files() const { return files_; }
  TimePoint now() const { return now_; }  ///< what dates are compared with

  void error(Place place, std::string_view text, Hint hint = {}) {
    add(Diagnostic::Level::Error, place, text, std::move(hint));
  }
  void warning(Place place, std::string_view text, Hint hint = {}) {
    add(Diagnostic::Level::Warning, place, text, std::move(hint));
  }
  /// "wrong type: ..." for a value that is not what `expected` says.
  void wrong_type(const Node& node, std::string expected);
  /// An unknown key with the nearest of `names`; keys that look like an inline secret get their own message.
  void unknown_key(const Node& key, const std::vector<std::string_view>& names);

  /// While true, errors count as warnings: a list fetched from a URL must not stop the daemon.
  void lower_errors(bool lower) { lower_errors_ = lower; }
  std::size_t error_count() const { return error_count_; }
  std::size_t problem_count() const { return problem_count_; }  ///< errors, lowered ones included

  Source& add_source(std::string name, std::filesystem::path directory);
  const Source& source(Place place) const { return sources_[place.source]; }
  Source& main_source() { return sources_.front(); }
  const std::deque<Source>& sources() const { return sources_; }
  /// "file:line:col", for "first at ...".
  std::string describe(Place place) const;

  /// Sorted, without repetitions, at most kMaxDiagnostics and a note about the rest.
  std::vector<Diagnostic> take_diagnostics();
  static constexpr std::size_t kMaxDiagnostics = 2000;

  /// Names the part of the tree that is being read, for as long as it lives.
  class Step {
   public:
    Step(Reader& reader, std::string_view key) : reader_{reader} { reader_.path_.emplace_back(key); }
    Step(Reader& reader, std::size_t index) : reader_{reader} { reader_.path_.emplace_back(index); }
    ~Step() { reader_.path_.pop_back(); }
    Step(const Step&) = delete;
    Step& operator=(const Step&) = delete;

   private:
    Reader& reader_;
  };

  /// Starts the path anew for a tree of its own, for as long as it lives.
  class NewPath {
   public:
    explicit NewPath(Reader& reader) : reader_{reader} { std::swap(saved_, reader_.path_); }
    ~NewPath() { std::swap(saved_, reader_.path_); }
    NewPath(const NewPath&) = delete;
    NewPath& operator=(const NewPath&) = delete;

   private:
    Reader& reader_;
    std::vector<std::variant<std::string_view, std::size_t>> saved_{};
  };

 private:
  void add(Diagnostic::Level level, Place place, std::string_view text, Hint hint);
  std::string path() const;

  FileAccess files_;
  TimePoint now_;
  std::deque<Source> sources_{};
  std::vector<Diagnostic> diagnostics_{};
  std::size_t dropped_ = 0;
  std::size_t error_count_ = 0;
  std::size_t problem_count_ = 0;
  bool lower_errors_ = false;
  std::vector<std::variant<std::string_view, std::size_t>> path_{};
};

/// The name nearest to `word` if it is near enough to be a slip of the hand; else empty.
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& names);

/// Whether a key is the kind that people put secrets behind.
bool names_a_secret(std::string_view key);

/// The line with everything behind a secret's key cut away.
std::string mask_secrets(std::string_view line);

}  // namespace rdpwatch::config
