#include "daemon/state/snapshot.h"

#include <algorithm>
#include <optional>

#include <zlib.h>

#include "daemon/state/values.h"

namespace rdpwatch::daemon::state {
namespace {

std::optional<Json> parsed(std::string_view line) {
  auto json = Json::parse(line, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  return json;
}

/// The line at the front of `text`, which it is taken off; nothing when no line ends there.
std::optional<std::string_view> take_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::expected<Header, Unreadable> read_header(std::string_view line, const Clocks& now) {
  const auto json = parsed(line);
  if (!json || !json->contains("rdpwatch_state")) return std::unexpected{Unreadable{"it is not of rdpwatch"}};
  try {
    const int version = integer<int>(json->at("rdpwatch_state"));
    const auto release = text_at(*json, "release");
    if (kStateVersion < version)
      return std::unexpected{Unreadable{"it is of a newer release", version, release}};
    if (version < 1) return std::unexpected{Unreadable{"its version is not one of rdpwatch"}};
    return Header{release, now.past(time_of(json->at("saved"))), flag_at(*json, "stopped")};
  } catch (const std::exception&) {
    return std::unexpected{Unreadable{"its first line is broken"}};
  }
}

/// What stands between the first line and the last, when the last confirms that it is whole.
std::expected<std::string_view, Unreadable> confirmed_lines(std::string_view text) {
  if (!text.ends_with('\n')) return std::unexpected{Unreadable{"it ends in the middle of a line"}};
  const auto before_last = text.substr(0, text.size() - 1).rfind('\n');
  if (before_last == std::string_view::npos)
    return std::unexpected{Unreadable{"it ends after its first line"}};
  const auto lines = text.substr(0, before_last + 1);
  Tally tally;
  tally.add(lines);
  if (const auto last = text.substr(lines.size()); last != tally.last_line()) {
    const bool a_last_line = last.starts_with("{\"crc32\":");
    return std::unexpected{Unreadable{a_last_line ? "its checksum does not match" : "its end is missing"}};
  }
  return lines.substr(lines.find('\n') + 1);
}

Budget::Remembered endpoint_from(const Json& json, const Clocks& now) {
  Budget::Remembered endpoint{json.at("endpoint").get<std::string>(),
                              integer<std::uint16_t>(json.at("port"))};
  for (const Json& use : json.at("uses"))
    endpoint.uses.push_back({now.to_steady(time_of(use.at(0))), integer<unsigned>(use.at(1)) != 0});
  std::ranges::sort(endpoint.uses, {}, &Budget::Use::time);
  constexpr std::uint32_t kWeek = 7 * 24 * 3600;
  for (const Json& claim : json.at("claims"))
    endpoint.claims.push_back(
        {integer<std::uint64_t>(claim.at(0)),
         std::chrono::seconds{std::clamp(integer<std::uint32_t>(claim.at(1)), 1U, kWeek)},
         now.to_steady(time_of(claim.at(2))), now.to_steady(time_of(claim.at(3)))});
  if (json.contains("traced")) endpoint.traced = now.to_steady(time_of(json.at("traced")));
  return endpoint;
}

void read_line(const Json& json, const Clocks& now, const std::function<bool(std::string_view)>& wanted,
               Contents& contents) {
  if (json.contains("target")) {
    if (!wanted(json.at("target").get_ref<const std::string&>())) return;
    contents.targets.push_back(target_from(json, now));
  } else if (json.contains("endpoint")) {
    contents.endpoints.push_back(endpoint_from(json, now));
  } else {
    contents.sections.insert_or_assign(json.at("section").get<std::string>(), json.at("state"));
  }
}

}  // namespace

std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string header_line(const Header& header) {
  // By hand, so that whoever looks at the file sees first what it is.
  return "{\"rdpwatch_state\":" + std::to_string(kStateVersion) +
         ",\"release\":" + Json(header.release).dump() +
         ",\"saved\":" + std::to_string(microseconds_of(header.saved)) +
         ",\"stopped\":" + (header.stopped ? "true" : "false") + "}\n";
}

std::string endpoint_line(const Budget::Remembered& endpoint, const Clocks& now) {
  Json uses = Json::array();
  for (const auto& [time, scheduled] : endpoint.uses)
    uses.push_back(Json::array({microseconds_of(now.to_wall(time)), scheduled ? 1 : 0}));
  Json claims = Json::array();
  for (const auto& claim : endpoint.claims)
    claims.push_back(
        Json::array({claim.target, claim.interval.count(), microseconds_of(now.to_wall(claim.seen)),
                     microseconds_of(now.to_wall(claim.slot))}));
  Json object{{"endpoint", endpoint.address},
              {"port", endpoint.port},
              {"uses", std::move(uses)},
              {"claims", std::move(claims)}};
  if (endpoint.traced != Budget::TimePoint{})
    object["traced"] = microseconds_of(now.to_wall(endpoint.traced));
  return line_of(object);
}

void Tally::add(std::string_view lines) {
  lines_ += static_cast<std::uint64_t>(std::ranges::count(lines, '\n'));
  crc_ = static_cast<std::uint32_t>(
      crc32_z(crc_, reinterpret_cast<const unsigned char*>(lines.data()), lines.size()));
}

std::string Tally::last_line() const { return line_of({{"lines", lines_}, {"crc32", crc_}}); }

std::expected<Contents, Unreadable> read_snapshot(std::string_view text, const Clocks& now,
                                                  const std::function<bool(std::string_view)>& wanted) {
  if (text.empty()) return std::unexpected{Unreadable{"it is empty"}};
  auto header = read_header(text.substr(0, text.find('\n')), now);
  if (!header) return std::unexpected{std::move(header.error())};
  auto lines = confirmed_lines(text);
  if (!lines) return std::unexpected{std::move(lines.error())};
  Contents contents;
  contents.header = std::move(*header);
  while (const auto line = take_line(*lines)) {
    const auto json = parsed(*line);
    try {
      if (json) read_line(*json, now, wanted, contents);
      else ++contents.unread;
    } catch (const std::exception&) {
      ++contents.unread;
    }
  }
  return contents;
}

}  // namespace rdpwatch::daemon::state
