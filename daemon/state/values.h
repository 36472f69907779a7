#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

/// How single values stand in the state on disk. Readers throw (std::exception) for anything else.
namespace rdpwatch::daemon::state {

using Json = nlohmann::json;

template <std::integral T>
T integer(const Json& json) {
  if (json.is_number_unsigned()) {
    if (const auto number = json.get<std::uint64_t>(); std::in_range<T>(number))
      return static_cast<T>(number);
  } else if (json.is_number_integer()) {
    if (const auto number = json.get<std::int64_t>(); std::in_range<T>(number)) return static_cast<T>(number);
  }
  throw std::out_of_range{"a number is missing or too large"};
}

/// Microseconds since 1970. Times before that, or so far away that counting on would overflow, are none.
inline std::int64_t microseconds_of(std::chrono::system_clock::time_point time) {
  return std::chrono::floor<std::chrono::microseconds>(time.time_since_epoch()).count();
}
inline std::chrono::system_clock::time_point time_of(const Json& json) {
  constexpr std::chrono::microseconds kLast = std::chrono::days{80'000};
  const std::chrono::microseconds since{integer<std::int64_t>(json)};
  if (since < std::chrono::microseconds{0} || kLast < since)
    throw std::out_of_range{"a time is out of range"};
  return std::chrono::system_clock::time_point{since};
}

/// Nanoseconds, at most a day: no probe lasts longer.
inline std::chrono::nanoseconds duration_of(const Json& json) {
  const std::chrono::nanoseconds duration{integer<std::int64_t>(json)};
  if (duration < std::chrono::nanoseconds{0} || std::chrono::days{1} < duration)
    throw std::out_of_range{"a duration is out of range"};
  return duration;
}

/// The value whose word `json` is.
template <class E, std::size_t count>
E value_of(const Json& json, const E (&values)[count]) {
  const auto& word = json.get_ref<const std::string&>();
  for (const E value : values)
    if (to_string(value) == word) return value;
  throw std::out_of_range{"an unknown word"};
}

/// What stands under `key`, or an empty value: what is empty is left out on disk.
inline std::string text_at(const Json& object, const char* key) { return object.value(key, std::string{}); }
inline bool flag_at(const Json& object, const char* key) { return object.value(key, false); }

inline void put_flag(Json& object, const char* key, bool flag) {
  if (flag) object[key] = true;
}

}  // namespace rdpwatch::daemon::state
