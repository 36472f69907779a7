#include "daemon/shard.h"
#include "probes/path/looker.h"

namespace rdpwatch::daemon {

Engine make_prober_engine(asio::io_context& io) {
  const auto prober = std::make_shared<Prober>(io);
  const auto looker = std::make_shared<path::Looker>(io);
  return {.probe = [prober](ProbeRequest request) { return prober->probe(std::move(request)); },
          .stop = [prober] { prober->stop(); },
          .look = [looker](asio::ip::tcp::endpoint endpoint,
                           path::Method method) { return looker->look(endpoint, method); },
          .stop_looks = [looker] { looker->stop(); }};
}

}  // namespace rdpwatch::daemon
