#include "daemon/http/negotiate.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace rdpwatch::daemon::http {
namespace {

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

/// Takes the part before `separator` off the front of `rest`.
std::string_view take(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return trim(part);
}

std::string lower(std::string_view text) {
  std::string result{text};
  std::ranges::transform(result, result.begin(),
                         [](char c) { return 'A' <= c && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return result;
}

/// A weight of 0 to 1; what is no number counts as refused.
double parse_weight(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !(0 <= value && value <= 1)) return 0;
  return value;
}

struct Item {
  std::string name{};
  std::string version{};
  double weight = 1;
};

Item parse_item(std::string_view text) {
  Item item{.name = lower(take(text, ';'))};
  while (!text.empty()) {
    std::string_view value = take(text, ';');
    const std::string name = lower(take(value, '='));
    if (name == "q") item.weight = parse_weight(value);
    if (name == "version") item.version = value;
  }
  return item;
}

bool is_open_metrics(const Item& item) {
  return item.name == "application/openmetrics-text" && (item.version.empty() || item.version == "1.0.0");
}

bool is_text(const Item& item) {
  return item.name == "text/plain" && (item.version.empty() || item.version == "0.0.4");
}

}  // namespace

metrics::Format choose_format(std::string_view accept) {
  constexpr double kUnnamed = -1;
  double open_metrics = 0;
  double text = kUnnamed;
  double any = 0;
  while (!accept.empty()) {
    const Item item = parse_item(take(accept, ','));
    if (is_open_metrics(item)) open_metrics = std::max(open_metrics, item.weight);
    if (is_text(item)) text = std::max(text, item.weight);
    if (item.name == "*/*" || item.name == "text/*") any = std::max(any, item.weight);
  }
  if (text == kUnnamed) text = any;  // what is named goes before a wildcard
  return open_metrics != 0 && text <= open_metrics ? metrics::Format::OpenMetrics : metrics::Format::Text;
}

bool wants_html(std::string_view accept) {
  double html = 0;
  double text = 0;
  while (!accept.empty()) {
    const Item item = parse_item(take(accept, ','));
    if (item.name == "text/html") html = item.weight;
    if (item.name == "text/plain") text = item.weight;
  }
  return 0 < html && text <= html;
}

bool accepts_gzip(std::string_view accept_encoding) {
  double gzip = -1;
  double any = 0;
  while (!accept_encoding.empty()) {
    const Item item = parse_item(take(accept_encoding, ','));
    if (item.name == "gzip" || item.name == "x-gzip") gzip = std::max(gzip, item.weight);
    if (item.name == "*") any = item.weight;
  }
  return gzip < 0 ? 0 < any : 0 < gzip;
}

}  // namespace rdpwatch::daemon::http
