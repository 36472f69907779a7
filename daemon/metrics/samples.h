#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/metrics/text_buffer.h"

namespace rdpwatch::daemon::metrics {

/// Writes the samples of one family, target by target, into a page.
class Samples {
 public:
  explicit Samples(TextBuffer& out) : out_{out} {}

  void family(std::string_view name) { name_ = name; }
  /// The label text every following sample begins with; empty for none.
  void target(std::string_view text) { target_ = text; }

  /// A sample without further labels.
  void integer(std::int64_t value);
  void seconds(std::chrono::nanoseconds value);

  /// A sample with further labels: begin(), label() or labels() for each, then an end.
  Samples& begin();
  Samples& label(std::string_view name, std::string_view value);
  Samples& labels(std::string_view escaped);
  void end_integer(std::int64_t value);
  void end_seconds(std::chrono::nanoseconds value);

 private:
  char* start(char* out) const;
  std::size_t start_bytes() const { return name_.size() + target_.size() + kNumberBytes + 8; }
  char* close_labels(char* out) const;

  TextBuffer& out_;
  std::string_view name_{};
  std::string_view target_{};
  bool labelled_ = false;  ///< of the sample between begin() and its end
};

}  // namespace rdpwatch::daemon::metrics
