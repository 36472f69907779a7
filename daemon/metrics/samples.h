#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "daemon/metrics/text_buffer.h"

namespace rdpwatch::daemon::metrics {

/// Writes the samples of one target, family by family.
class Samples {
 public:
  /// How much of each line is written: all, or what follows the name, an open brace and the first label.
  enum class Part : std::uint8_t { WholeLine, AfterFirstLabel };

  explicit Samples(TextBuffer& out, Part part = Part::WholeLine) : out_{out}, part_{part} {}

  /// The name of the following samples, for whole lines.
  void family(std::string_view name) { name_ = name; }

  /// A sample without further labels.
  void integer(std::int64_t value);
  void seconds(std::chrono::nanoseconds value);

  /// A sample with further labels: begin(), label() for each, then an end.
  Samples& begin();
  Samples& label(std::string_view name, std::string_view value);
  void end_integer(std::int64_t value);
  void end_seconds(std::chrono::nanoseconds value);

 private:
  char* close_labels(char* out) const;

  TextBuffer& out_;
  Part part_;
  std::string_view name_{};
  bool labelled_ = false;  ///< of the sample between begin() and its end
};

}  // namespace rdpwatch::daemon::metrics
