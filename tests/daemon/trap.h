#pragma once

#include <atomic>
#include <future>
#include <memory>
#include <utility>

#include "tests/daemon/fake_engine.h"

namespace rdpwatch::test {

/// An engine whose next probe keeps its thread until it is let go: a hang of one probe thread alone.
struct Trap {
  std::atomic<bool> armed{false};
  std::promise<void> caught{};
  std::promise<void> release{};

  daemon::MakeEngine engine(const std::shared_ptr<FakeWorld>& world) {
    return [this, world](asio::io_context& io) {
      auto fake = make_fake_engine(io, world);
      auto probe = std::move(fake.probe);
      fake.probe = [this, probe = std::move(probe)](ProbeRequest request) {
        if (armed.exchange(false)) {
          caught.set_value();
          release.get_future().wait();
        }
        return probe(std::move(request));
      };
      return fake;
    };
  }
};

}  // namespace rdpwatch::test
