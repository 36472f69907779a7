#include "daemon/metrics/format.h"

namespace rdpwatch::daemon::metrics {
namespace {

std::string_view type_word(Format format, Type type) {
  switch (type) {
    case Type::Gauge: return "gauge";
    case Type::Counter: return "counter";
    case Type::Info: return format == Format::Text ? "gauge" : "info";
    case Type::Histogram: return "histogram";
  }
  return "";
}

std::string_view without(std::string_view name, std::string_view suffix) {
  if (name.ends_with(suffix)) name.remove_suffix(suffix.size());
  return name;
}

std::string_view base_name(std::string_view name, Type type) {
  if (type == Type::Counter) return without(name, "_total");
  if (type == Type::Info) return without(name, "_info");
  return name;
}

/// HELP of both formats: no line break, no lone backslash; OpenMetrics escapes quotes too.
std::string escape_help(Format format, std::string_view help) {
  std::string escaped;
  for (const char c : help) {
    if (c == '\\' || (c == '"' && format == Format::OpenMetrics)) escaped += '\\';
    if (c == '\n') escaped += "\\n";
    else escaped += c;
  }
  return escaped;
}

}  // namespace

std::string family_header(Format format, std::string_view name, Type type, std::string_view help) {
  const std::string base{format == Format::Text ? name : base_name(name, type)};
  std::string header = "# HELP " + base + " " + escape_help(format, help) + "\n";
  header += "# TYPE " + base + " ";
  header += type_word(format, type);
  header += "\n";
  if (format == Format::OpenMetrics) {
    for (const std::string_view unit : {"seconds", "bytes"})
      if (base.ends_with("_" + std::string{unit}))
        header += "# UNIT " + base + " " + std::string{unit} + "\n";
  }
  return header;
}

}  // namespace rdpwatch::daemon::metrics
