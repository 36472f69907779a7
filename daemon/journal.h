#pragma once

#include <string>
#include <string_view>

#include "daemon/log.h"

namespace rdpwatch::daemon {

/// Where systemd's journal takes entries.
inline constexpr std::string_view kJournalSocket = "/run/systemd/journal/socket";

/// kJournalSocket when `descriptor` leads to the journal, as JOURNAL_STREAM of the environment says; else
/// empty.
std::string journal_behind(int descriptor);

/// One entry in the journal's native protocol: `text` as MESSAGE, the priority, each field as RDP_NAME, and
/// MESSAGE_ID for the messages that have one (rdpwatch(1) lists them). MESSAGE comes first.
std::string journal_entry(LogSeverity severity, std::string_view text, std::string_view message,
                          const LogFields& fields);

/// MESSAGE of such an entry.
std::string journal_text(std::string_view entry);

}  // namespace rdpwatch::daemon
