#pragma once

#include <memory>
#include <string>

#include <asio/io_context.hpp>

#include "daemon/history.h"
#include "daemon/http/actions.h"
#include "daemon/http/message.h"
#include "daemon/http/routes.h"
#include "daemon/metrics/self_metrics.h"
#include "daemon/store.h"

namespace rdpwatch::daemon::http {

/// Everything that is served, by path. `store`, `history` and `self` outlive the io_context's run.
class Doors {
 public:
  Doors(asio::io_context& io, const Store& store, const History& history, const metrics::SelfMetrics& self,
        Actions actions, std::string version);

  /// For a Guard, which limits how often something is refused: each leaves a line in the audit.
  /// May outlive the Doors.
  Handler handler() const;

 private:
  std::shared_ptr<const Routes> routes_;
  std::shared_ptr<const Actions> actions_;
  std::string version_;
};

}  // namespace rdpwatch::daemon::http
