#pragma once

#include "probes/path/trace.h"

namespace rdpwatch::path {

/// The way to a host that works, by echo requests with rising time to live: no connection comes of it. Where
/// the host or a firewall ignores ping, the routers before it are known all the same.
/// As Trace: no socket, no clock; call begin(), then step() with each answer until it says Done, or
/// abandon().
class EchoTrace {
 public:
  Trace::Action begin();
  Trace::Action step(const Answer& answer);
  void abandon(const Trace::Action& undone);

  PathTrace& result() { return result_; }

 private:
  Trace::Action ask(int ttl);
  Trace::Action finish(End end);

  PathTrace result_{};
  int ttl_ = 0;
  int silent_ = 0;  ///< hops in a row
};

}  // namespace rdpwatch::path
