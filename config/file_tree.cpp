#include "config/file_tree.h"

#include <algorithm>
#include <map>

#include "config/files.h"
#include "config/parse.h"
#include "config/read_value.h"
#include "config/tables.h"

namespace rdpwatch::config {
namespace {

constexpr std::size_t kMaxFiles = 10'000;

/// The folder of a message's file is no pattern, whatever characters it has.
std::string escape_pattern(const std::string& path) {
  std::string escaped;
  for (const char c : path) {
    if (c == '*' || c == '?' || c == '[' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

class TreeReader {
 public:
  explicit TreeReader(Reader& reader) : reader_{reader} {}

  FileTree read(const std::filesystem::path& file) {
    add(file, nullptr);
    if (tree_.roots.empty()) return std::move(tree_);
    tree_.merged = tree_.roots.front();
    for (std::size_t i = 1; i < tree_.roots.size(); ++i)
      tree_.merged = &merge(*tree_.merged, *tree_.roots[i], true);
    return std::move(tree_);
  }

 private:
  void add(const std::filesystem::path& file, const Node* named_by) {
    const auto [first, is_new] = files_.try_emplace(normal_path(file), named_by);
    if (!is_new)
      return reader_.error(
          named_by->place,
          "file \"" + file.string() + "\" is included twice; first " +
              (first->second ? "at " + reader_.describe(first->second->place) : "as the main file"));
    if (kMaxFiles < files_.size())
      return reader_.error(named_by->place, "more than " + std::to_string(kMaxFiles) + " files");
    const Node* root = read_source(reader_, file, named_by);
    if (!root) return;
    if (!root->is_map()) return reader_.wrong_type(*root, "a mapping of keys and values");
    tree_.roots.push_back(root);
    FileTree alone{{root}, root};
    alone.each_item(reader_, "include", [this](const Node& pattern) {
      for (const auto& path : matching_files(reader_, pattern)) add(path, &pattern);
    });
  }

  /// Both mappings as one. Nodes of a merged mapping are new, those below are shared.
  const Node& merge(const Node& first, const Node& second, bool top) {
    Node& both = merged_nodes().emplace_back(first);
    second.each_entry([&](const Node& key, const Node& value) {
      auto at = std::size_t{0};
      while (at < both.children.size() && both.children[at]->text != key.text) at += 2;
      if (at == both.children.size()) {
        both.children.push_back(&key);
        both.children.push_back(&value);
        return;
      }
      if (top && is_joined_list(key.text)) return;
      const Reader::Step step{reader_, key.text};
      const Node* before = both.children[at + 1];
      if (before->is_map() && value.is_map()) both.children[at + 1] = &merge(*before, value, false);
      else
        reader_.error(key.place, "key \"" + key.text + "\" set twice; first at " +
                                     reader_.describe(both.children[at]->place));
    });
    return both;
  }
  std::deque<Node>& merged_nodes() { return reader_.main_source().nodes; }

  Reader& reader_;
  FileTree tree_{};
  std::map<std::filesystem::path, const Node*> files_{};
};

}  // namespace

const Node* read_source(Reader& reader, const std::filesystem::path& path, const Node* named_by) {
  auto& source = reader.add_source(path.string(), path.parent_path());
  const Place whole{static_cast<std::uint32_t>(reader.sources().size() - 1), 0, 0};
  auto text = reader.files().read(path);
  if (!text) {
    if (named_by) reader.error(named_by->place, "\"" + path.string() + "\": " + text.error());
    else reader.error(whole, text.error(), {"a readable file", {}});
    return nullptr;
  }
  source.text = std::move(*text);
  const auto problems = reader.problem_count();
  {
    const Reader::NewPath path_of_file{reader};
    parse(reader, source);
  }
  const bool empty = !source.root || source.root->kind == Node::Kind::Null;
  if (problems != reader.problem_count() || !empty) return source.root;
  if (named_by) reader.warning(whole, "is empty");
  else reader.error(whole, "is empty", {"at least the key targets", {}});
  return nullptr;
}

std::vector<std::filesystem::path> matching_files(Reader& reader, const Node& pattern) {
  const auto text = read_text(reader, pattern, "the name of a file, or a pattern such as conf.d/*.yaml");
  if (!text) return {};
  if (text->empty()) {
    reader.error(pattern.place, "the name is empty",
                 {"the name of a file, or a pattern such as conf.d/*.yaml", {}});
    return {};
  }
  const auto& directory = reader.source(pattern.place).directory;
  if (!has_wildcard(*text)) return {directory / *text};
  const std::filesystem::path as_written{*text};
  const auto full = as_written.is_absolute()
                        ? as_written
                        : std::filesystem::path{escape_pattern(directory.string())} / as_written;
  auto files = reader.files().match(full);
  if (files.empty()) reader.warning(pattern.place, "no file matches \"" + std::string{*text} + "\"");
  return files;
}

FileTree read_file_tree(Reader& reader, const std::filesystem::path& file) {
  return TreeReader{reader}.read(file);
}

}  // namespace rdpwatch::config
