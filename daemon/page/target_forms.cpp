#include <array>

#include "daemon/http/same_site.h"
#include "daemon/http/url.h"
#include "daemon/page/target_parts.h"

namespace rdpwatch::daemon::page {
namespace {

Html token_field(std::string_view token) {
  return Html{}.add("<input type=\"hidden\" name=\"{}\" value=\"{}\">", http::kFormToken, token);
}

Html durations() {
  struct Choice {
    int minutes;
    std::string_view text;
  };
  constexpr std::array<Choice, 5> kChoices{
      {{60, "1 hour"}, {240, "4 hours"}, {720, "12 hours"}, {1440, "1 day"}, {10080, "7 days"}}};
  Html html;
  for (const auto& [minutes, text] : kChoices) html.add("<option value=\"{}\">{}</option>\n", minutes, text);
  return html;
}

Html pause_fields() {
  return Html{}.add(
      "<div class=\"wide\"><label for=\"why\">Why nobody shall be alerted</label>\n"
      "<input type=\"text\" id=\"why\" name=\"reason\" required maxlength=\"80\"></div>\n"
      "<div><label for=\"minutes\">For how long</label>\n"
      "<select id=\"minutes\" name=\"minutes\">\n{}</select></div>\n"
      "<div class=\"buttons\"><button type=\"submit\">Pause</button></div>\n",
      durations());
}

}  // namespace

Html probe_form(const TargetView& view) {
  Html html;
  if (view.form_token.empty()) return html;
  return html.add(
      "<form action=\"/targets/{}/probe\" method=\"post\">{}\n"
      "<button type=\"submit\">Probe now</button> <small>one try, within the connection budget</small>\n"
      "</form>\n",
      http::percent_encode(view.record.target->id), token_field(view.form_token));
}

Html pause_form(const TargetView& view) {
  Html html;
  if (view.pause_token.empty()) return html;
  const std::string id = http::percent_encode(view.record.target->id);
  if (view.record.pause && !view.record.pause->over)
    return html.add(
        "<form action=\"/targets/{}/resume\" method=\"post\">{}\n"
        "<button type=\"submit\">End the pause</button></form>\n",
        id, token_field(view.pause_token));
  return html.add(
      "<details><summary>Pause this target</summary>\n"
      "<form class=\"filters\" action=\"/targets/{}/pause\" method=\"post\">{}\n{}</form>\n</details>\n",
      id, token_field(view.pause_token), pause_fields());
}

}  // namespace rdpwatch::daemon::page
