#include "daemon/page/html.h"

#include <algorithm>

namespace rdpwatch::daemon::page {
namespace {

/// What stands for a character that HTML may not have as it is; empty for all others.
std::string_view entity(char c) {
  switch (c) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    case '\t':
    case '\n': return {};
    default: return static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? "\xEF\xBF\xBD" : std::string_view{};
  }
}

}  // namespace

std::string escape(std::string_view text) { return Html{}.add("{}", text).take(); }

}  // namespace rdpwatch::daemon::page

using rdpwatch::daemon::page::Escaped;
using rdpwatch::daemon::page::Fragment;

fmt::format_context::iterator fmt::formatter<Escaped>::format(Escaped escaped,
                                                              format_context& context) const {
  auto out = context.out();
  for (const char c : escaped.text) {
    const auto instead = rdpwatch::daemon::page::entity(c);
    if (instead.empty()) *out++ = c;
    else out = std::ranges::copy(instead, out).out;
  }
  return out;
}

fmt::format_context::iterator fmt::formatter<Fragment>::format(Fragment fragment,
                                                               format_context& context) const {
  return std::ranges::copy(fragment.markup, context.out()).out;
}
