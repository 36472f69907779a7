#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <asio/io_context.hpp>

#include "probes/probe.h"

namespace rdpwatch::test {

/// A target and its module, to be changed before probe() is called.
struct ClimbFixture {
  ClimbFixture();

  /// One probe of `host`:`port`, until the io_context has nothing left to do but accept.
  ProbeResult probe(std::uint16_t port, std::string host = "127.0.0.1");

  asio::io_context io{1};
  config::Module module{};
  config::Expectation expect{};
  TargetMemory memory{};
  bool remembers = false;  ///< give the probe `memory`
  std::chrono::seconds baseline{};
  bool bypass_name = false;
  ConnectionPermit permit{};
  Prober prober{io};
};

/// The finding with this reason, or nullptr.
const Finding* find(const ProbeReport& report, std::string_view reason);
/// "skipped ok ok failed": outcomes in the order of the climb.
std::string outcomes(const ProbeReport& report);
/// Descriptors of this process.
std::size_t open_descriptors();

}  // namespace rdpwatch::test
