#pragma once

#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "daemon/pause.h"

namespace rdpwatch::daemon {

/// What a client asks for.
struct PauseRequest {
  config::Selector selector{};
  std::chrono::seconds duration{};
  std::string reason{};
  std::string who{};   ///< as the client says; empty: it says nothing
  std::string user{};  ///< as the client proved; empty: it proved nothing
  std::string from{};  ///< its address
};

/// Takes the id of the new pause, or a sentence that says why there is none; called once.
using PauseOrdered = std::function<void(const std::expected<std::string, std::string>& id)>;

/// Reads {"targets": [...], "labels": {...}, "duration": "2h", "reason": "...", "who": "..."}: targets,
/// labels or both, and all of the rest but who. Else says what is wrong, in a sentence.
std::expected<PauseRequest, std::string> pause_request_from(std::string_view body);

/// Checks what JSON, or a form, gave: at least one target or label, a minute to 90 days, sane texts.
std::expected<PauseRequest, std::string> checked(PauseRequest request);

/// {"pauses":[{"id":"3","targets":[...],"labels":{...},"reason":"...","who":"...","active":true,"until":"...",
/// "selects":12}]}; windows of the configuration have no id, those that come again no end.
std::string pauses_json(const std::vector<Pauses::Listed>& list);

/// Why a target is paused: {"until":"...","reason":"...","who":"..."}.
nlohmann::ordered_json to_json(const Pause& pause);

/// Orders as they are kept over restarts. Reading throws (std::exception) for what is none. An order began in
/// the past: one of the future, when the clock was wrong, counts as begun `now`.
nlohmann::json to_json(const std::vector<PauseOrder>& orders);
std::vector<PauseOrder> pause_orders_from(const nlohmann::json& json, Pauses::TimePoint now);

/// "targets a, b; labels site=fra".
std::string to_text(const config::Selector& selector);

}  // namespace rdpwatch::daemon
