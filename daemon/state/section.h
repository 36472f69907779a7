#pragma once

#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace rdpwatch::daemon::state {

/// A part of the daemon that is kept over restarts beside the targets themselves: it puts one JSON value into
/// the snapshot (README: `state_directory`), which is written once a minute and at the stop.
///
/// Example, of a part that lives on the main loop and owns `pauses_`, a map from text to a struct:
///
///     state::Section Pauses::section() {
///       return {.name = "pauses",
///               .save = [this] { return [copy = pauses_] { return to_json(copy); }; },
///               .load = [this](const nlohmann::json& state) { pauses_ = pauses_from(state); }};
///     }
///
/// The app collects sections before it loads the state: add yours in App::sections().
struct Section {
  /// Its key in the file: snake_case, never renamed after a release.
  std::string name{};

  /// Called on the main loop, for well below a millisecond: takes a copy of what is to be kept, or shares
  /// what does not change. What it returns is called once, on another thread and maybe after later changes,
  /// and makes the JSON; so it must not refer to anything that the main loop writes. Times are to be wall
  /// time.
  std::function<std::function<nlohmann::json()>()> save{};

  /// Called at most once, at the start, on the main loop: after the configuration is active, before the doors
  /// answer and before any probe. Not called when the file has no such section. `state` is what save() made,
  /// maybe that of an older release or of a longer list of targets: ignore what is unknown or gone, distrust
  /// times in the future. It may throw for what it cannot read (nlohmann's at() and get() do): the part then
  /// counts as not kept, which is logged, and the file is set aside. So change nothing before all is read.
  std::function<void(const nlohmann::json& state)> load{};
};

using Sections = std::vector<Section>;

}  // namespace rdpwatch::daemon::state
