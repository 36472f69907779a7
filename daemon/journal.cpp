#include "daemon/journal.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>

#include <fmt/format.h>
#include <sys/stat.h>

namespace rdpwatch::daemon {
namespace {

struct MessageId {
  std::string_view message;
  std::string_view id;
};

/// Made once at random; an id never changes its meaning.
constexpr std::array kMessageIds{
    MessageId{"verdict changed", "46f24b6e867f4d95b1ecd209b4e1e1fe"},
    MessageId{"configuration loaded", "4954b6105dae43bda6983b74754f0ca6"},
    MessageId{"configuration refused, the old one stays in effect", "7c9f280f1ada4ffba281458608241dce"},
    MessageId{"audit", "5d54fe11b11f4db88b6208fb956934ac"},
    MessageId{"incident opened", "18952ca07a984196b48c0c85032fb7cf"},
    MessageId{"incident closed", "d3f7d98ba63443d6b8587879de373b80"},
    MessageId{"the vantage is disturbed, verdicts are suspect", "4f7d0c3e9a5b4a0c8e21b6d5f3a7c914"},
    MessageId{"a probe thread does not move, the watchdog is not fed", "13eb1b4786f241ad9603bc85d7e32b66"},
};

/// As syslog(3) numbers them.
int priority(LogSeverity severity) {
  switch (severity) {
    case LogSeverity::Debug: return 7;
    case LogSeverity::Info: return 6;
    case LogSeverity::Warning: return 4;
    case LogSeverity::Error: return 3;
  }
  return 3;
}

/// NAME=value, or for a value of several lines: NAME, its length in 8 bytes, little-endian, and the value.
void append(std::string& entry, std::string_view name, std::string_view value) {
  entry += name;
  if (value.find('\n') == std::string_view::npos) {
    entry.append("=").append(value).append("\n");
    return;
  }
  entry += '\n';
  for (unsigned shift = 0; shift < 64; shift += 8)
    entry += static_cast<char>(static_cast<std::uint64_t>(value.size()) >> shift & 0xFF);
  entry.append(value).append("\n");
}

/// What the journal takes as the name of a field; names of ours are words and underscores already.
std::string field_name(std::string_view name) {
  std::string upper{"RDP_"};
  for (const char c : name) upper += 'a' <= c && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return upper;
}

constexpr std::string_view kMessage = "MESSAGE";

}  // namespace

std::string journal_behind(int descriptor) {
  const char* const stream = std::getenv("JOURNAL_STREAM");
  struct stat status {};
  if (stream == nullptr || ::fstat(descriptor, &status) != 0) return {};
  const bool leads_there = fmt::format("{}:{}", status.st_dev, status.st_ino) == stream;
  return leads_there ? std::string{kJournalSocket} : std::string{};
}

std::string journal_entry(LogSeverity severity, std::string_view text, std::string_view message,
                          const LogFields& fields) {
  std::string entry;
  append(entry, kMessage, text);
  append(entry, "PRIORITY", std::to_string(priority(severity)));
  append(entry, "SYSLOG_IDENTIFIER", "rdpwatch");
  const auto known = std::ranges::find(kMessageIds, message, &MessageId::message);
  if (known != kMessageIds.end()) append(entry, "MESSAGE_ID", known->id);
  for (const LogField& field : fields) append(entry, field_name(field.name), field.value);
  return entry;
}

std::string journal_text(std::string_view entry) {
  entry.remove_prefix(std::min(entry.size(), kMessage.size()));
  const bool of_one_line = entry.starts_with('=');
  constexpr std::size_t kLengthBytes = 8;
  if (of_one_line) return std::string{entry.substr(1, entry.find('\n') - 1)};
  std::uint64_t size = 0;
  for (std::size_t i = kLengthBytes; 0 < i && i < entry.size(); --i)
    size = size << 8 | static_cast<std::uint8_t>(entry[i]);
  return entry.size() <= 1 + kLengthBytes ? std::string{} : std::string{entry.substr(1 + kLengthBytes, size)};
}

}  // namespace rdpwatch::daemon
