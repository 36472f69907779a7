#include "daemon/shard.h"

namespace rdpwatch::daemon {

Engine make_prober_engine(asio::io_context& io) {
  const auto prober = std::make_shared<Prober>(io);
  return {[prober](ProbeRequest request) { return prober->probe(std::move(request)); },
          [prober] { prober->stop(); }};
}

}  // namespace rdpwatch::daemon
