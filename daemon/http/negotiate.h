#pragma once

#include <string_view>

#include "daemon/metrics/format.h"

namespace rdpwatch::daemon::http {

/// Which exposition an Accept header prefers, by its q-values (RFC 9110, 12.5.1); text when it says nothing,
/// nothing known, or both alike without naming OpenMetrics. Unknown parameters are ignored, an unknown
/// version of a format is not offered.
metrics::Format choose_format(std::string_view accept);

/// Whether an Accept header asks for HTML by name, and not for plain text rather.
bool wants_html(std::string_view accept);

/// Whether an Accept-Encoding header lets us send gzip.
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace rdpwatch::daemon::http
