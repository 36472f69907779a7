#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace rdpwatch::daemon::notify {

/// Wall time, since it is told to others and kept over restarts.
using TimePoint = std::chrono::system_clock::time_point;

/// The words of an alert, as the API of Alertmanager has them.
struct AlertText {
  std::string labels{};       ///< a JSON object, sorted by name: the identity of the alert
  std::string annotations{};  ///< a JSON object
  std::string generator_url{};
  bool operator==(const AlertText&) const = default;
};

/// An alert that fires, or one that has ended. Cheap to copy: the words are shared.
struct Alert {
  std::shared_ptr<const AlertText> text{};  ///< never nullptr
  TimePoint starts_at{};                    ///< first failure, in whole milliseconds
  std::optional<TimePoint> ended{};         ///< recovery

  bool same_as(const Alert& other) const {
    return (text == other.text || *text == *other.text) && starts_at == other.starts_at &&
           ended == other.ended;
  }
};

/// Body of POST /api/v2/alerts. An alert that fires ends at `firing_until` unless it is sent again by then.
std::string request_body(std::span<const Alert> alerts, TimePoint firing_until);

}  // namespace rdpwatch::daemon::notify
