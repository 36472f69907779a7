#include "daemon/commands/terminal.h"

#include <clocale>
#include <cstdlib>
#include <string_view>

#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace rdpwatch::daemon {
namespace {

/// The value of an environment variable; empty when it is not set.
std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view{} : std::string_view{value};
}

bool wants_colour(int descriptor, ColourMode mode) {
  switch (mode) {
    case ColourMode::Always: return true;
    case ColourMode::Never: return false;
    case ColourMode::Auto:
      return is_terminal(descriptor) && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
  }
  return false;
}

std::size_t terminal_width(int descriptor) {
  constexpr std::size_t kDefault = 80;
  winsize size{};
  if (!is_terminal(descriptor) || ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return kDefault;
  return size.ws_col;
}

}  // namespace

bool is_terminal(int descriptor) { return isatty(descriptor) == 1; }

TextStyle style_of(int descriptor, ColourMode mode) {
  std::setlocale(LC_CTYPE, "");
  return {.width = terminal_width(descriptor),
          .colour = wants_colour(descriptor, mode),
          .utf8 = nl_langinfo(CODESET) == std::string_view{"UTF-8"}};
}

}  // namespace rdpwatch::daemon
