#include "config/host_range.h"

#include <algorithm>

namespace rdpwatch::config {
namespace {

using std::unexpected;

std::string quote(std::string_view text) { return "\"" + std::string{text} + "\""; }
std::string too_many(std::string_view what) {
  return std::string{what} + " has more than " + std::to_string(kMaxExpansion) + " hosts";
}
bool is_digit(char c) { return '0' <= c && c <= '9'; }

/// More than a name of a host with its port can have: text that is multiplied must have an end.
constexpr std::size_t kMaxHostBytes = 512;
std::string too_long() { return "a host of more than " + std::to_string(kMaxHostBytes) + " bytes"; }

/// "7-9" or "x": appends to `items`; says what is wrong otherwise.
std::string add_item(std::string_view item, std::vector<std::string>& items) {
  const auto dash = item.find('-');
  if (dash == std::string_view::npos) {
    const bool word =
        !item.empty() && std::ranges::none_of(item, [](char c) { return c == ' ' || c == '\t'; });
    if (!word) return quote(item) + " is not an item of a range";
    items.emplace_back(item);
    return items.size() <= kMaxExpansion ? "" : too_many("a range");
  }
  const auto first = item.substr(0, dash);
  const auto last = item.substr(dash + 1);
  const auto is_number = [](std::string_view s) {
    return !s.empty() && s.size() <= 9 && std::ranges::all_of(s, is_digit);
  };
  if (!is_number(first) || !is_number(last)) return quote(item) + " is not a range of numbers";
  const bool padded = 1 < first.size() && first[0] == '0';
  if ((padded || (1 < last.size() && last[0] == '0')) && first.size() != last.size())
    return "bounds of " + quote(item) + " have different widths";
  const auto low = std::stoul(std::string{first});
  const auto high = std::stoul(std::string{last});
  if (high < low) return "range " + quote(item) + " goes backwards";
  if (kMaxExpansion <= high - low) return too_many("range " + quote(item));
  if (kMaxExpansion <= items.size() + (high - low)) return too_many("a range");
  for (auto number = low; number <= high; ++number) {
    auto text = std::to_string(number);
    if (text.size() < first.size()) text.insert(0, first.size() - text.size(), '0');
    items.push_back(std::move(text));
  }
  return {};
}

/// Position of the first bracket that is a range: one around an IPv6 literal has a colon inside.
std::size_t find_range(std::string_view text) {
  for (auto open = text.find('['); open != std::string_view::npos; open = text.find('[', open + 1)) {
    const auto inside = text.substr(open, text.find(']', open) - open);
    if (inside.find(':') == std::string_view::npos) return open;
  }
  return std::string_view::npos;
}

}  // namespace

bool has_range(std::string_view text) { return find_range(text) != std::string_view::npos; }

Parsed<std::vector<std::string>> expand_hosts(std::string_view pattern) {
  std::vector<std::string> hosts{""};
  auto rest = pattern;
  for (auto open = find_range(rest); open != std::string_view::npos; open = find_range(rest)) {
    const auto close = rest.find(']', open);
    if (close == std::string_view::npos) return unexpected{quote(pattern) + " lacks a closing bracket"};
    std::vector<std::string> items;
    auto inside = rest.substr(open + 1, close - open - 1);
    for (bool more = true; more;) {
      const auto comma = inside.find(',');
      if (auto fault = add_item(inside.substr(0, comma), items); !fault.empty())
        return unexpected{std::move(fault)};
      more = comma != std::string_view::npos;
      if (more) inside.remove_prefix(comma + 1);
    }
    if (kMaxExpansion / items.size() < hosts.size()) return unexpected{too_many(quote(pattern))};
    std::vector<std::string> longer;
    longer.reserve(hosts.size() * items.size());
    for (const auto& head : hosts)
      for (const auto& item : items) {
        if (kMaxHostBytes < head.size() + open + item.size()) return unexpected{too_long()};
        auto& host = longer.emplace_back(head);
        host.append(rest.substr(0, open)).append(item);
      }
    hosts = std::move(longer);
    rest.remove_prefix(close + 1);
  }
  if (1 < hosts.size() && kMaxHostBytes < rest.size()) return unexpected{too_long()};
  for (auto& host : hosts) host += rest;
  return hosts;
}

}  // namespace rdpwatch::config
