#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include "config/reader.h"

namespace rdpwatch::config {

/// The main file with everything that it includes.
struct FileTree {
  std::vector<const Node*> roots{};  ///< one mapping for each file that could be read, main file first
  const Node* merged = nullptr;      ///< all keys of all files but the joined lists; nullptr without roots

  /// Calls `visit(item)` for each item of a joined list of all files, and reports what is no list.
  template <class Visit>
  void each_item(Reader& reader, std::string_view key, Visit visit) const {
    for (const Node* root : roots) {
      const Node* list = root->find(key);
      if (!list) continue;
      const Reader::Step step{reader, key};
      if (!list->is_list()) {
        reader.wrong_type(*list, "a list");
        continue;
      }
      for (std::size_t i = 0; i < list->children.size(); ++i) {
        const Reader::Step item{reader, i};
        visit(*list->children[i]);
      }
    }
  }
};

FileTree read_file_tree(Reader& reader, const std::filesystem::path& file);

/// Files that a pattern of the configuration names; reports a missing file, and warns when none matches.
std::vector<std::filesystem::path> matching_files(Reader& reader, const Node& pattern);

/// Reads and parses one more file. `named_by` is where a message about the file itself belongs.
const Node* read_source(Reader& reader, const std::filesystem::path& path, const Node* named_by);

}  // namespace rdpwatch::config
