#pragma once

#include <concepts>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace rdpwatch::daemon::page {

/// Text to be escaped, in an element or in a quoted attribute.
struct Escaped {
  std::string_view text;
};
/// HTML that was made here.
struct Fragment {
  std::string_view markup;
};

/// HTML under construction. Markup comes from format strings, which are literals of the source; whatever
/// fills their places is escaped, so that nothing from the wire can become markup:
///
///   html.add("<a href=\"/targets/{}\">{}</a>", http::percent_encode(id), id);
///
/// Only another Html enters as it is.
class Html {
  static Escaped shown(std::string_view text) { return {text}; }
  static Fragment shown(const Html& html) { return {html.text_}; }
  template <std::integral Number>
  static Number shown(Number value) {
    return value;
  }

 public:
  template <class... Parts>
  Html& add(fmt::format_string<decltype(shown(std::declval<const Parts&>()))...> markup,
            const Parts&... parts) {
    fmt::format_to(std::back_inserter(text_), markup, shown(parts)...);
    return *this;
  }

  std::string_view text() const { return text_; }
  std::string take() { return std::move(text_); }
  bool empty() const { return text_.empty(); }

 private:
  std::string text_{};
};

/// What `text` looks like after add().
std::string escape(std::string_view text);

}  // namespace rdpwatch::daemon::page

template <>
struct fmt::formatter<rdpwatch::daemon::page::Escaped> {
  constexpr auto parse(format_parse_context& context) { return context.begin(); }
  format_context::iterator format(rdpwatch::daemon::page::Escaped escaped, format_context& context) const;
};

template <>
struct fmt::formatter<rdpwatch::daemon::page::Fragment> {
  constexpr auto parse(format_parse_context& context) { return context.begin(); }
  format_context::iterator format(rdpwatch::daemon::page::Fragment fragment, format_context& context) const;
};
