#include "config/parse.h"

#include <algorithm>
#include <istream>
#include <optional>
#include <sstream>
#include <streambuf>
#include <unordered_map>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace rdpwatch::config {
namespace {

/// Thrown to leave the parser early; what is wrong has been reported.
struct Stop {};

/// Lets a stream read a string in place: a list of 100,000 targets is not copied.
class Window : public std::streambuf {
 public:
  explicit Window(std::string& text) { setg(text.data(), text.data(), text.data() + text.size()); }
};

/// Length of the UTF-8 character that `rest` begins with; nothing when it is not one (RFC 3629 section 4).
std::optional<std::size_t> utf8_length(std::string_view rest) {
  const auto byte = [rest](std::size_t i) {
    return i < rest.size() ? static_cast<unsigned char>(rest[i]) : static_cast<unsigned char>(0);
  };
  const auto within = [](unsigned low, unsigned value, unsigned high) {
    return low <= value && value <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (within(0xC2, first, 0xDF) && within(0x80, byte(1), 0xBF)) return 2;
  const unsigned low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  const unsigned high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  if (!within(low, byte(1), high) || !within(0x80, byte(2), 0xBF)) return std::nullopt;
  if (within(0xE0, first, 0xEF)) return 3;
  if (within(0xF0, first, 0xF4) && within(0x80, byte(3), 0xBF)) return 4;
  return std::nullopt;
}

std::string hex_byte(unsigned char value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  return {kDigits[value >> 4], kDigits[value & 15]};
}

/// Bytes that are no text. At most one message: whatever follows is noise.
bool check_bytes(Reader& reader, const Source& source, std::uint32_t index) {
  const std::string_view text = source.text;
  std::uint32_t line = 1;
  std::size_t line_start = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const Place place{index, line, static_cast<std::uint32_t>(i - line_start + 1)};
    const auto length = utf8_length(text.substr(i));
    if (!length) {
      reader.error(place, "not UTF-8: byte 0x" + hex_byte(c), {"a text file in UTF-8", {}});
      return false;
    }
    const bool line_end = c == '\n' || (c == '\r' && text.substr(i + 1).starts_with('\n'));
    if ((c < 0x20 && c != '\t' && !line_end) || c == 0x7F) {
      reader.error(place, "control character 0x" + hex_byte(c), {"a text file in UTF-8", {}});
      return false;
    }
    i += *length;
    if (c == '\n') ++line, line_start = i;
  }
  return true;
}

/// Tabs before the first character of a line. JSON may have them.
bool check_tabs(Reader& reader, const Source& source, std::uint32_t index) {
  const std::string_view text = source.text;
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos || text[first] == '[' || text[first] == '{') return true;
  bool clean = true;
  std::uint32_t line = 1;
  for (std::size_t at = 0; at < text.size(); ++line) {
    const auto end = std::min(text.find('\n', at), text.size());
    const auto content = text.substr(at, end - at);
    const auto tab = content.find('\t');
    const auto word = content.find_first_not_of(" \t\r");
    if (tab < word && word != std::string_view::npos && content[word] != '#') {
      reader.error({index, line, static_cast<std::uint32_t>(tab + 1)}, "tab in the indentation",
                   {"blanks: YAML does not allow tabs here", {}});
      clean = false;
    }
    at = end + 1;
  }
  return clean;
}

class Builder : public YAML::EventHandler {
 public:
  Builder(Reader& reader, Source& source, std::uint32_t index)
      : reader_{reader}, source_{source}, index_{index} {}

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node& node = make(Node::Kind::Null, mark, anchor);
    // For a missing value the mark is that of whatever comes next: its key is the better place.
    const Node* parent = open_.empty() ? nullptr : open_.back();
    if (parent && parent->is_map() && parent->children.size() % 2 == 1)
      node.place = parent->children.back()->place;
    finish(node);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_tag(mark, tag);
    Node& node = make(Node::Kind::Scalar, mark, anchor);
    node.text = value;
    node.quoted = tag == "!";
    finish(node);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const Node* node = anchors_.at(anchor);
    if (!node->complete) stop(mark, "an alias to something that contains it");
    aliased_ += node->weight;
    if (kMaxAliasedValues < aliased_)
      stop(mark, "aliases make this file too large",
           "at most " + std::to_string(kMaxAliasedValues) + " values by aliases");
    attach(*node);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    check_tag(mark, tag);
    open_.push_back(&make(Node::Kind::List, mark, anchor));
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    check_tag(mark, tag);
    open_.push_back(&make(Node::Kind::Map, mark, anchor));
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override {
    check_keys(*open_.back());
    close();
  }

  const Node* root() const { return root_; }

 private:
  Place place(const YAML::Mark& mark) const {
    return {index_, static_cast<std::uint32_t>(mark.line + 1), static_cast<std::uint32_t>(mark.column + 1)};
  }
  [[noreturn]] void stop(const YAML::Mark& mark, std::string_view text, std::string expected = {}) {
    reader_.error(place(mark), text, {std::move(expected), {}});
    throw Stop{};
  }
  Node& make(Node::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    Node& node = source_.nodes.emplace_back();
    node.kind = kind;
    node.place = place(mark);
    if (anchor != YAML::NullAnchor) anchors_[anchor] = &node;
    return node;
  }
  void finish(Node& node) {
    node.complete = true;
    attach(node);
  }
  void close() {
    Node& node = *open_.back();
    open_.pop_back();
    finish(node);
  }
  void attach(const Node& node) {
    if (open_.empty()) {
      root_ = &node;
      return;
    }
    open_.back()->children.push_back(&node);
    open_.back()->weight += std::min(node.weight, kMaxAliasedValues + 1);
  }
  void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!")
      reader_.error(place(mark), "tags are not supported: " + tag, {"a plain value", {}});
  }
  void check_keys(const Node& map) {
    std::unordered_map<std::string_view, const Node*> first;
    const bool many = 32 < map.children.size();
    for (std::size_t i = 0; i + 1 < map.children.size(); i += 2) {
      const Node& key = *map.children[i];
      if (!key.is_scalar()) {
        reader_.error(key.place, "a key must be a single value");
        continue;
      }
      if (key.text == "<<" && !key.quoted)
        reader_.error(key.place, "merge keys (<<) are not supported",
                      {"modules and policy, which inherit key by key", {}});
      const Node* before = many ? first.try_emplace(key.text, &key).first->second : earlier(map, i);
      if (before != &key)
        reader_.error(key.place,
                      "key \"" + key.text + "\" set twice; first at " + reader_.describe(before->place));
    }
  }
  static const Node* earlier(const Node& map, std::size_t at) {
    for (std::size_t i = 0; i < at; i += 2)
      if (map.children[i]->is_scalar() && map.children[i]->text == map.children[at]->text)
        return map.children[i];
    return map.children[at];
  }

  Reader& reader_;
  Source& source_;
  std::uint32_t index_;
  std::unordered_map<YAML::anchor_t, const Node*> anchors_{};
  std::vector<Node*> open_{};
  const Node* root_ = nullptr;
  std::uint32_t aliased_ = 0;
};

/// Finds where a second document starts; reads nothing of it.
struct SecondDocument : YAML::EventHandler {
  std::optional<YAML::Mark> start{};
  void OnDocumentStart(const YAML::Mark& mark) override {
    start = mark;
    throw Stop{};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
  }
  void OnMapEnd() override {}
};

/// yaml-cpp's message in our words where it is known to puzzle people.
Hint explain_syntax(const std::string& message) {
  const auto says = [&message](const char* words) { return message.find(words) != std::string::npos; };
  if (says("end of map flow")) return {"a closing } and closed quotes before it", {}};
  if (says("end of sequence flow")) return {"a closing ] and closed quotes before it", {}};
  if (says("illegal map value") || says("end of map"))
    return {"keys of one mapping in the same column; values with \": \" or \" #\" inside in quotes", {}};
  if (says("end of sequence")) return {"items of one list in the same column", {}};
  return {};
}

std::string first_lower(std::string text) {
  if (!text.empty() && 'A' <= text[0] && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

void parse_document(Reader& reader, Source& source, std::uint32_t index) {
  Window window{source.text};
  std::istream stream{&window};
  Builder builder{reader, source, index};
  YAML::Parser parser{stream};
  if (!parser.HandleNextDocument(builder)) return;
  source.root = builder.root();
  SecondDocument second;
  try {
    parser.HandleNextDocument(second);
  } catch (const Stop&) {
    reader.error({index, static_cast<std::uint32_t>(second.start->line + 1),
                  static_cast<std::uint32_t>(second.start->column + 1)},
                 "a second document starts here", {"one document per file", {}});
    source.root = nullptr;
  }
}

}  // namespace

void parse(Reader& reader, Source& source) {
  const auto index = static_cast<std::uint32_t>(reader.sources().size() - 1);
  const bool bytes_clean = check_bytes(reader, source, index);
  if (!bytes_clean || !check_tabs(reader, source, index)) return;
  try {
    parse_document(reader, source, index);
  } catch (const Stop&) {
    source.root = nullptr;
  } catch (const YAML::Exception& e) {
    source.root = nullptr;
    const auto line = static_cast<std::uint32_t>(std::max(e.mark.line, 0) + 1);
    const auto column = static_cast<std::uint32_t>(std::max(e.mark.column, 0) + 1);
    reader.error({index, line, column}, "not valid YAML: " + first_lower(e.msg), explain_syntax(e.msg));
  } catch (const std::exception& e) {
    source.root = nullptr;
    reader.error({index, 0, 0}, std::string{"not valid YAML: "} + e.what());
  }
}

}  // namespace rdpwatch::config
