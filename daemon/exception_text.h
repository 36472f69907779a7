#pragma once

#include <exception>
#include <string>

namespace rdpwatch::daemon {

/// What an exception says of itself, for the log.
inline std::string text_of(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& exception) {
    return exception.what();
  } catch (...) {
    return "unknown exception";
  }
}

}  // namespace rdpwatch::daemon
