#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "probes/taxonomy/taxonomy.h"

namespace rdpwatch::daemon {

/// How the items of a part are laid out.
enum class Layout : std::uint8_t { Paragraphs, Numbered, Listed, Shell, PowerShell };

struct RunbookPart {
  std::string title;
  Layout layout;
  std::vector<std::string> items;  ///< of the last two layouts: lines to type, "# " begins a comment
};

/// What to do about one reason, or one topic. The terminal, the pages and the document show the same of it.
struct RunbookSection {
  std::string id;  ///< a reason of the taxonomy, or a topic; the anchor
  std::vector<std::string> lead{};
  std::vector<std::pair<std::string_view, std::string>> facts{};
  std::vector<RunbookPart> parts{};
};

RunbookSection runbook_section(const Row& row);

/// Sections that are not reasons: "start", "daemon", "vantage", in the order of the document.
std::span<const RunbookSection> runbook_topics();

/// The section of a reason, of a family with its number ("broker_error_1024"), or of a topic.
std::optional<RunbookSection> find_runbook_section(std::string_view id);

/// Text cut so that the ids of reasons stand alone: those can be made links.
struct TextPiece {
  std::string_view text;
  bool is_reason = false;
};
std::vector<TextPiece> pieces_of(std::string_view text);

/// What a scenario means, one phrase.
std::string_view in_words(Scenario scenario);

/// The whole document, deploy/runbook.md: where to start, an index by codes and by scenario, every section.
std::string runbook_markdown();

}  // namespace rdpwatch::daemon
