#include "daemon/log.h"

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/journal.h"
#include "daemon/unix_datagram.h"

namespace rdpwatch::daemon {
namespace {

constexpr std::size_t kQueuedLines = 1024;  // each takes 400 bytes, used or not

constexpr std::array kSeverities{LogSeverity::Debug, LogSeverity::Info, LogSeverity::Warning,
                                 LogSeverity::Error};

std::string time_text(std::chrono::system_clock::time_point time) {
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(time);
  const auto seconds = std::chrono::floor<std::chrono::seconds>(milliseconds);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z",
                     fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                     (milliseconds - seconds).count());
}

/// As a JSON string; bytes that are not UTF-8 become U+FFFD.
std::string quote(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool is_plain(std::string_view text) {
  return !text.empty() && text.find_first_not_of(
                              "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                              "_-.,:/+@[]") == std::string_view::npos;
}

/// Writes each line with one call, and counts: what the queue dropped never arrives here.
class DescriptorSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit DescriptorSink(int descriptor) : descriptor_{descriptor} {}

  bool wait_for_flushes(std::uint64_t count, std::chrono::milliseconds limit) {
    std::unique_lock lock{flush_mutex_};
    return flushed_.wait_for(lock, limit, [&] { return count <= flushes_; });
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    write_line({message.payload.data(), message.payload.size()});
  }
  void write_line(std::string line) const {
    line += '\n';
    std::string_view rest{line};
    while (!rest.empty()) {
      const auto written = ::write(descriptor_, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return;  // a closed pipe is no reason to stop probing
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  void flush_() override {
    const std::scoped_lock lock{flush_mutex_};
    ++flushes_;
    flushed_.notify_all();
  }

 private:
  int descriptor_;
  std::mutex flush_mutex_{};
  std::condition_variable flushed_{};
  std::uint64_t flushes_ = 0;
};

/// Takes whole entries of the journal. What the journal does not take becomes a line, as if there were none.
class JournalSink final : public DescriptorSink {
 public:
  JournalSink(const std::string& journal, int descriptor)
      : DescriptorSink{descriptor}, journal_{journal}, socket_{connect_unix_datagram(journal)} {}
  ~JournalSink() override {
    if (socket_ != -1) ::close(socket_);
  }
  JournalSink(const JournalSink&) = delete;
  JournalSink& operator=(const JournalSink&) = delete;

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const std::string_view entry{message.payload.data(), message.payload.size()};
    if (taken(entry)) return;
    if (socket_ != -1) ::close(socket_);
    socket_ = connect_unix_datagram(journal_);  // a journal that was restarted has a new one
    if (!taken(entry)) write_line(journal_text(entry));
  }

 private:
  bool taken(std::string_view entry) const {
    return socket_ != -1 && 0 <= ::send(socket_, entry.data(), entry.size(), MSG_NOSIGNAL);
  }

  std::string journal_;
  int socket_;
};

std::shared_ptr<DescriptorSink> make_sink(const LogOptions& options, int descriptor) {
  if (options.journal.empty()) return std::make_shared<DescriptorSink>(descriptor);
  return std::make_shared<JournalSink>(options.journal, descriptor);
}

}  // namespace

std::string_view to_string(LogSeverity severity) {
  switch (severity) {
    case LogSeverity::Debug: return "debug";
    case LogSeverity::Info: return "info";
    case LogSeverity::Warning: return "warning";
    case LogSeverity::Error: return "error";
  }
  return "";
}

std::optional<LogSeverity> log_severity_from(std::string_view word) {
  if (word == "warn") return LogSeverity::Warning;  // as Prometheus spells it
  for (const LogSeverity severity : kSeverities)
    if (to_string(severity) == word) return severity;
  return std::nullopt;
}

std::optional<LogFormat> log_format_from(std::string_view word) {
  if (word == "text") return LogFormat::Text;
  if (word == "json") return LogFormat::Json;
  return std::nullopt;
}

LogField::LogField(std::string_view field, double number)
    : name{field}, value{fmt::format("{:.6g}", number)}, is_number{true} {}

LogField::LogField(std::string_view field, std::chrono::system_clock::time_point time)
    : name{field}, value{time_text(time)} {}

std::string format_text(std::string_view message, const LogFields& fields) {
  std::string line{message};
  for (const LogField& field : fields)
    line += fmt::format(" {}={}", field.name, is_plain(field.value) ? field.value : quote(field.value));
  return line;
}

std::string format_line(LogFormat format, std::chrono::system_clock::time_point time, LogSeverity severity,
                        std::string_view message, const LogFields& fields) {
  if (format == LogFormat::Json) {
    std::string line = fmt::format(R"({{"time":"{}","level":"{}","message":{})", time_text(time),
                                   to_string(severity), quote(message));
    for (const LogField& field : fields)
      line += fmt::format(R"(,"{}":{})", field.name, field.is_number ? field.value : quote(field.value));
    return line + '}';
  }
  return fmt::format("{} {:<7} {}", time_text(time), to_string(severity), format_text(message, fields));
}

struct Log::Impl {
  Impl(const LogOptions& options, int descriptor)
      : format{options.format},
        to_journal{!options.journal.empty()},
        sink{make_sink(options, descriptor)},
        pool{std::make_shared<spdlog::details::thread_pool>(kQueuedLines, 1)},
        logger{std::make_shared<spdlog::async_logger>("rdpwatch", sink, pool,
                                                      spdlog::async_overflow_policy::overrun_oldest)} {
    logger->set_level(spdlog::level::trace);  // write() has decided already
  }
  ~Impl() { pool.reset(); }  // waits for the output, which needs the logger
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  std::string line(LogSeverity severity, std::string_view message, const LogFields& fields) const {
    const auto now = std::chrono::system_clock::now();
    if (!to_journal) return format_line(format, now, severity, message, fields);
    const auto text = format == LogFormat::Text ? format_text(message, fields)
                                                : format_line(format, now, severity, message, fields);
    return journal_entry(severity, text, message, fields);
  }

  LogFormat format;
  bool to_journal;
  Counter counter{};
  std::shared_ptr<DescriptorSink> sink;
  std::shared_ptr<spdlog::details::thread_pool> pool;
  std::shared_ptr<spdlog::async_logger> logger;
  std::atomic<std::uint64_t> flushes{0};
};

Log::Log(const LogOptions& options, int descriptor)
    : level_{options.level}, impl_{std::make_unique<Impl>(options, descriptor)} {}

Log::~Log() = default;

void Log::set_counter(Counter counter) { impl_->counter = std::move(counter); }

void Log::write(LogSeverity severity, std::string_view message, const LogFields& fields) {
  if (!enabled(severity)) return;
  if (impl_->counter) impl_->counter(severity);
  const auto line = impl_->line(severity, message, fields);
  impl_->logger->log(spdlog::level::info, spdlog::string_view_t{line.data(), line.size()});
}

void Log::debug(std::string_view message, const LogFields& fields) {
  write(LogSeverity::Debug, message, fields);
}
void Log::info(std::string_view message, const LogFields& fields) {
  write(LogSeverity::Info, message, fields);
}
void Log::warning(std::string_view message, const LogFields& fields) {
  write(LogSeverity::Warning, message, fields);
}
void Log::error(std::string_view message, const LogFields& fields) {
  write(LogSeverity::Error, message, fields);
}

bool Log::flush(std::chrono::milliseconds limit) {
  const auto count = ++impl_->flushes;
  impl_->logger->flush();
  return impl_->sink->wait_for_flushes(count, limit);
}

}  // namespace rdpwatch::daemon
