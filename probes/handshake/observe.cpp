#include "probes/handshake/observe.h"

#include "probes/sanitize.h"

namespace rdpwatch::handshake {

std::string_view describe_end(Cause end) {
  if (end == Cause::Closed) return "connection closed";
  if (end == Cause::Reset) return "connection reset";
  return "silence";
}

std::string describe_partial(Cause end, std::size_t received, std::size_t expected) {
  std::string text{describe_end(end)};
  text += " after " + std::to_string(received);
  if (expected != 0) text += " of " + std::to_string(expected);
  return text + (received == 1 && expected == 0 ? " byte" : " bytes");
}

Observation observe(Cause cause, std::string_view detail, std::optional<std::uint32_t> code) {
  return {.cause = cause, .code = code, .detail = sanitize(detail)};
}

}  // namespace rdpwatch::handshake
