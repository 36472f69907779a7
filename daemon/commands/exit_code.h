#pragma once

namespace rdpwatch::daemon {

/// What the process tells its caller.
enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,  ///< some target failed, or was not probed
  kExitUsage = 2,
  kExitConfiguration = 78,  ///< EX_CONFIG of sysexits.h
};

}  // namespace rdpwatch::daemon
