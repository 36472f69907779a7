#pragma once

#include <cstddef>

namespace rdpwatch::daemon {

/// "37/150 ..." on stderr while a long list is climbed, rewritten in place; silent when stderr is not a
/// terminal or the list is short.
class Progress {
 public:
  explicit Progress(std::size_t all);
  ~Progress() { erase(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void show(std::size_t done);
  /// Before anything else is written to the terminal.
  void erase();

 private:
  std::size_t all_;
  bool enabled_;
  bool shown_ = false;
};

}  // namespace rdpwatch::daemon
