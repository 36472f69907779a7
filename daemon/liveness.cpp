#include "daemon/liveness.h"

namespace rdpwatch::daemon {

bool Liveness::moved(std::size_t shard, const Pulse& pulse, std::chrono::milliseconds longest_probe,
                     TimePoint now) {
  Seen& seen = seen_.at(shard);
  if (!seen.known || pulse.ticks != seen.ticks) seen.ticked = now;
  if (!seen.known || !pulse.waiting || pulse.moves != seen.moves) seen.moved = now;
  seen.known = true;
  seen.ticks = pulse.ticks;
  seen.moves = pulse.moves;
  return now - seen.ticked <= kTickGrace && now - seen.moved <= longest_probe + kGrace;
}

}  // namespace rdpwatch::daemon
