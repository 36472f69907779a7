#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/store.h"

namespace rdpwatch::daemon {

enum class LogSeverity : std::uint8_t { Debug, Info, Warning, Error };
enum class LogFormat : std::uint8_t { Text, Json };

std::string_view to_string(LogSeverity severity);
std::optional<LogSeverity> log_severity_from(std::string_view word);
std::optional<LogFormat> log_format_from(std::string_view word);

struct LogOptions {
  LogFormat format = LogFormat::Text;
  LogSeverity level = LogSeverity::Info;
  std::string journal{};  ///< socket of systemd's journal, which then gets entries with fields; else empty
};

/// One name and value of a line. Text is quoted as the format needs it; numbers are written as they are.
struct LogField {
  LogField(std::string_view field, std::string_view text) : name{field}, value{text} {}
  LogField(std::string_view field, const std::string& text) : name{field}, value{text} {}
  LogField(std::string_view field, const char* text) : name{field}, value{text} {}
  template <std::integral T>
  LogField(std::string_view field, T number) : name{field}, value{std::to_string(number)}, is_number{true} {}
  LogField(std::string_view field, double number);
  LogField(std::string_view field, std::chrono::system_clock::time_point time);  ///< ISO 8601, UTC

  std::string_view name;  ///< a literal
  std::string value;
  bool is_number = false;
};
using LogFields = std::vector<LogField>;

/// `message name=value name="two words"`.
std::string format_text(std::string_view message, const LogFields& fields);

/// One line without its end: `TIME level message name=value name="two words"`, or one JSON object.
std::string format_line(LogFormat format, std::chrono::system_clock::time_point time, LogSeverity severity,
                        std::string_view message, const LogFields& fields);

/// The daemon's log: one line a message, to standard error, or one entry to systemd's journal. Any thread may
/// write.
///
/// A thread of its own does the output behind a bounded queue, so that a terminal that is stopped or a pipe
/// that nobody reads never holds up a probe; when the queue is full the oldest lines are lost.
class Log {
 public:
  /// Called for each message that passes the level, on the thread that writes it.
  using Counter = std::function<void(LogSeverity)>;

  /// `descriptor` is not closed.
  explicit Log(const LogOptions& options, int descriptor = 2);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  void set_counter(Counter counter);  ///< before other threads write
  bool enabled(LogSeverity severity) const { return level_ <= severity; }

  void write(LogSeverity severity, std::string_view message, const LogFields& fields = {});
  void debug(std::string_view message, const LogFields& fields = {});
  void info(std::string_view message, const LogFields& fields = {});
  void warning(std::string_view message, const LogFields& fields = {});
  void error(std::string_view message, const LogFields& fields = {});

  /// Waits until everything is out. False when that takes longer: nobody reads, and the destructor would
  /// wait for whoever should.
  bool flush(std::chrono::milliseconds limit);

 private:
  struct Impl;
  LogSeverity level_;
  std::unique_ptr<Impl> impl_;
};

/// The one line about a target whose verdict or reason changed.
void log_change(Log& log, const TargetRecord& record);

/// What the last look at the way to a target showed.
void log_path(Log& log, const TargetRecord& record);

}  // namespace rdpwatch::daemon
