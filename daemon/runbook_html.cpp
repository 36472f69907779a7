#include "daemon/runbook_html.h"

#include "daemon/page.h"

namespace rdpwatch::daemon {
namespace {

std::string inline_html(std::string_view text, std::string_view self) {
  std::string out;
  for (const auto& [piece, is_reason] : pieces_of(text)) {
    const auto word = escape_html(piece);
    out += is_reason && piece != self ? "<a href=\"/runbook/" + word + "\">" + word + "</a>" : word;
  }
  return out;
}

std::string listed(std::string_view tag, std::string_view item_tag, const RunbookPart& part,
                   std::string_view self) {
  const auto wrap = [](std::string_view name, const std::string& html) {
    return "<" + std::string{name} + ">" + html + "</" + std::string{name} + ">\n";
  };
  std::string items;
  for (const auto& item : part.items) items += wrap(item_tag, inline_html(item, self));
  return tag.empty() ? items : wrap(tag, "\n" + items);
}

std::string lines_html(const std::vector<std::string>& lines) {
  std::string out = "<pre><code>";
  for (const auto& line : lines) out += escape_html(line) + "\n";
  return out + "</code></pre>\n";
}

std::string part_html(const RunbookPart& part, std::string_view self) {
  switch (part.layout) {
    case Layout::Paragraphs: return listed("", "p", part, self);
    case Layout::Numbered: return listed("ol", "li", part, self);
    case Layout::Listed: return listed("ul", "li", part, self);
    case Layout::Shell:
    case Layout::PowerShell: return lines_html(part.items);
  }
  return "";
}

}  // namespace

std::string runbook_body_html(const RunbookSection& section) {
  std::string html;
  for (const auto& line : section.lead) html += "<p>" + inline_html(line, section.id) + "</p>\n";
  if (!section.facts.empty()) {
    html += "<dl>\n";
    for (const auto& [label, text] : section.facts)
      html += "<dt>" + escape_html(label) + "</dt><dd>" + escape_html(text) + "</dd>\n";
    html += "</dl>\n";
  }
  for (const auto& part : section.parts)
    html += "<h2>" + escape_html(part.title) + "</h2>\n" + part_html(part, section.id);
  return html;
}

}  // namespace rdpwatch::daemon
