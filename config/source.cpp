#include "config/source.h"

namespace rdpwatch::config {

const Node* Node::find(std::string_view key) const {
  for (std::size_t i = 0; is_map() && i + 1 < children.size(); i += 2)
    if (children[i]->text == key) return children[i + 1];
  return nullptr;
}

std::string_view Source::line(std::size_t number) const {
  if (line_starts_.empty()) {
    line_starts_.push_back(0);
    for (std::size_t i = 0; i < text.size(); ++i)
      if (text[i] == '\n') line_starts_.push_back(i + 1);
  }
  if (number == 0 || line_starts_.size() < number) return {};
  std::string_view rest = std::string_view{text}.substr(line_starts_[number - 1]);
  rest = rest.substr(0, rest.find('\n'));
  if (rest.ends_with('\r')) rest.remove_suffix(1);
  return rest;
}

std::string Source::shown_line(std::size_t number) const {
  const auto shown = line(number);
  if (secret_key.empty()) return std::string{shown};
  if (const auto at = shown.find(secret_key); at != std::string_view::npos)
    return std::string{shown.substr(0, at + secret_key.size())} + ": ***";
  // By lines, not by the tree: there is none when the text cannot be read to its end.
  for (auto above = number; 0 < above; --above) {
    const auto each = line(above);
    if (each.find(secret_key) != std::string_view::npos) return "***";
    if (each.ends_with("_server_config:") && each.front() != ' ' && each.front() != '#') break;
  }
  return std::string{shown};
}

}  // namespace rdpwatch::config
