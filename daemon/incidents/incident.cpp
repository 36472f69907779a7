#include "daemon/incidents/incident.h"

#include <fmt/format.h>
#include <zlib.h>

namespace rdpwatch::daemon::incidents {

std::string id_of(const CauseGroup& cause, const Attribute& attribute) {
  std::string text;
  for (const std::string_view part : {to_string(cause.scenario), cause.family, to_string(attribute.kind),
                                      std::string_view{attribute.name}, std::string_view{attribute.value}})
    text.append(part).push_back('\0');
  const auto* const bytes = reinterpret_cast<const Bytef*>(text.data());
  return fmt::format("{:08x}", crc32(0, bytes, static_cast<uInt>(text.size())));
}

}  // namespace rdpwatch::daemon::incidents
