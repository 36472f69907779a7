#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "daemon/budget.h"
#include "daemon/state/clocks.h"
#include "daemon/state/target_state.h"

/// The file that survives a restart, as text: lines of JSON.
///
///     {"rdpwatch_state":1,"release":"0.1.0","saved":MICROSECONDS,"stopped":false}
///     {"target":ID, ...}                 one for each target, see target_state.cpp
///     {"endpoint":ADDRESS, ...}          one for each address:port that the connection budget remembers
///     {"section":NAME,"state":...}       one for each Section
///     {"lines":N,"crc32":M}              N lines before this one, and the CRC-32 of their bytes
///
/// INVARIANT, for all releases to come: the first line is an object with `rdpwatch_state`, the version of all
/// the rest, and `release`, which wrote it.
namespace rdpwatch::daemon::state {

inline constexpr int kStateVersion = 1;

struct Header {
  std::string release{};
  std::chrono::system_clock::time_point saved{};
  bool stopped = false;  ///< written at the stop, after the last probe: nothing happened since
};

std::string header_line(const Header& header);  ///< with its end of line, as all lines here
std::string line_of(const nlohmann::json& json);
std::string endpoint_line(const Budget::Remembered& endpoint, const Clocks& now);

/// Counts what was written, for the last line.
class Tally {
 public:
  void add(std::string_view lines);
  std::string last_line() const;

 private:
  std::uint64_t lines_ = 0;
  std::uint32_t crc_ = 0;
};

struct Contents {
  Header header{};
  std::vector<TargetState> targets{};  ///< those that are wanted
  std::vector<Budget::Remembered> endpoints{};
  std::map<std::string, nlohmann::json> sections{};
  std::size_t unread = 0;  ///< lines that are whole and not understood all the same
};

struct Unreadable {
  std::string why{};      ///< "the file is empty", "line 3 ..."
  int newer = 0;          ///< the version, when that is the only reason
  std::string release{};  ///< that wrote the newer one
};

/// Reads all or nothing, except for single lines that are not understood. Never throws. `wanted`: by id of a
/// target.
std::expected<Contents, Unreadable> read_snapshot(std::string_view text, const Clocks& now,
                                                  const std::function<bool(std::string_view)>& wanted);

}  // namespace rdpwatch::daemon::state
