#pragma once

#include <set>
#include <stdexcept>
#include <string>

#include <yaml-cpp/yaml.h>

#include "tests/rdpsim/behaviour.h"

/// Reading a mapping key by key, with complaints that name the line.
namespace rdpwatch::rdpsim {

struct FleetError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[noreturn]] void complain(const YAML::Node& where, const std::string& what);

/// "500ms", "2s", "5m", "3h", "173d"; a leading '-' is allowed. A bare 0 is a duration too.
milliseconds parse_duration(const YAML::Node& node);
/// Decimal or 0x...; at most `limit`.
std::uint64_t parse_number(const YAML::Node& node, std::uint64_t limit);
std::string parse_text(const YAML::Node& node);
bool parse_bool(const YAML::Node& node);
/// Hex digits with blanks between bytes.
Bytes parse_hex(const YAML::Node& node);

/// A mapping of which every key must be asked for: finish() complains about the rest.
class Fields {
 public:
  explicit Fields(const YAML::Node& node);

  /// The value, or an undefined node (false in a condition).
  YAML::Node operator[](const std::string& key);
  void finish() const;

  template <class T, class Parse>
  void read(const std::string& key, T& into, Parse parse) {
    if (const YAML::Node value = (*this)[key]) into = static_cast<T>(parse(value));
  }
  void number(const std::string& key, auto& into, std::uint64_t limit) {
    if (const YAML::Node value = (*this)[key])
      into = static_cast<std::remove_reference_t<decltype(into)>>(parse_number(value, limit));
  }

 private:
  YAML::Node node_;
  std::set<std::string> asked_{};
};

}  // namespace rdpwatch::rdpsim
