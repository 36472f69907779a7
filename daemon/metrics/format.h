#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rdpwatch::daemon::metrics {

/// The two expositions: Prometheus text 0.0.4 and OpenMetrics 1.0.0.
enum class Format : std::uint8_t { Text, OpenMetrics };

constexpr std::string_view content_type(Format format) {
  return format == Format::Text ? "text/plain; version=0.0.4; charset=utf-8"
                                : "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

/// Info metrics are gauges of value 1 in the text format.
enum class Type : std::uint8_t { Gauge, Counter, Info, Histogram };

/// The lines before the samples of a family. `name` is the full name, as in the text format ("x_total",
/// "x_info"); OpenMetrics takes the suffix off and adds the unit, which is part of the name.
std::string family_header(Format format, std::string_view name, Type type, std::string_view help);

/// A family that is written as a whole, header and samples, to be merged into a page by its name.
struct Block {
  std::string name{};
  std::string text{};
};

}  // namespace rdpwatch::daemon::metrics
