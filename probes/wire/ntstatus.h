#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rdpwatch::wire {

/// One status value as found in TSRequest.errorCode: NTSTATUS or HRESULT, [MS-ERREF] 2.1 and 2.3.
struct StatusName {
  std::uint32_t value;
  std::string_view name;     ///< "STATUS_LOGON_FAILURE"
  std::string_view meaning;  ///< a short phrase, lower case
};

/// nullptr for a value that is not in the table.
const StatusName* find_status(std::uint32_t value);

/// "0xc00000bb STATUS_NOT_SUPPORTED (...)", or the number alone.
std::string describe_status(std::uint32_t value);

}  // namespace rdpwatch::wire
