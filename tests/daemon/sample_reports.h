#pragma once

#include "probes/report.h"

namespace rdpwatch::test {

/// Closed after the first TSRequest, with a certificate that is about to end.
ProbeReport failed_report();

/// All phases passed; the clock is off.
ProbeReport degraded_report();

/// All phases passed, nothing found.
ProbeReport healthy_report();

/// The name does not exist: nothing but resolve.
ProbeReport unresolved_report();

}  // namespace rdpwatch::test
