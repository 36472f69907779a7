#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace rdpwatch::config {

/// Where something stands: which source, line and byte column, both from 1. Line 0 is the source as a whole.
struct Place {
  std::uint32_t source = 0;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  bool operator==(const Place&) const = default;
};

/// One value of a YAML (or JSON) text. Keys and values of a map alternate in `children`, in file order.
struct Node {
  enum class Kind : std::uint8_t { Null, Scalar, List, Map };
  Kind kind = Kind::Null;
  bool quoted = false;       ///< a scalar in quotes, or a block scalar
  bool complete = false;     ///< false while its end has not been read: an alias to it would be a cycle
  std::uint32_t weight = 1;  ///< values in it with aliases expanded, saturating
  Place place{};
  std::string text{};  ///< of a scalar
  std::vector<const Node*> children{};

  bool is_map() const { return kind == Kind::Map; }
  bool is_list() const { return kind == Kind::List; }
  bool is_scalar() const { return kind == Kind::Scalar; }
  /// Value of a key of a map, or nullptr.
  const Node* find(std::string_view key) const;
  /// Calls `visit(key, value)` for each entry of a map.
  template <class Visit>
  void each_entry(Visit visit) const {
    for (std::size_t i = 0; i + 1 < children.size(); i += 2) visit(*children[i], *children[i + 1]);
  }
};

/// One file or one fetched body, with its tree. Nodes live as long as the source.
struct Source {
  std::string name{};                 ///< as messages name it
  std::filesystem::path directory{};  ///< relative paths count from here
  std::string text{};
  std::string_view secret_key{};  ///< what stands below this key of the top level is never shown; empty: none
  std::deque<Node> nodes{};
  const Node* root = nullptr;  ///< nullptr when it is empty or could not be read to its end

  /// Line from 1 without its end; empty when there is none.
  std::string_view line(std::size_t number) const;
  /// The line as it may be shown.
  std::string shown_line(std::size_t number) const;

 private:
  mutable std::vector<std::size_t> line_starts_{};
};

}  // namespace rdpwatch::config
