#pragma once

#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "tests/daemon/app_bench.h"

namespace rdpwatch::test {

/// What an app logs, read while it runs. Must outlive the app.
class PipedLog {
 public:
  PipedLog() {
    REQUIRE(::pipe2(ends_.data(), O_CLOEXEC) == 0);
    REQUIRE(::fcntl(ends_[0], F_SETFL, O_NONBLOCK) == 0);
  }
  ~PipedLog() {
    for (const int end : ends_) ::close(end);
  }
  PipedLog(const PipedLog&) = delete;
  PipedLog& operator=(const PipedLog&) = delete;

  void take(AppBench& bench) const {
    bench.log = std::make_unique<daemon::Log>(daemon::LogOptions{}, ends_[1]);
  }

  bool wait_for(std::string_view words) const {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{60};
    while (text_.find(words) == std::string::npos && std::chrono::steady_clock::now() < limit) {
      pollfd readable{ends_[0], POLLIN, 0};
      if (::poll(&readable, 1, 1000) == 1) read();
    }
    return text_.find(words) != std::string::npos;
  }
  std::size_t count(std::string_view words) const {
    std::size_t count = 0;
    for (auto at = text_.find(words); at != std::string::npos; at = text_.find(words, at + 1)) ++count;
    return count;
  }
  const std::string& text() const { return text_; }

 private:
  void read() const {
    std::array<char, 4096> chunk{};
    for (ssize_t size = 0; 0 < (size = ::read(ends_[0], chunk.data(), chunk.size()));)
      text_.append(chunk.data(), static_cast<std::size_t>(size));
  }

  std::array<int, 2> ends_{-1, -1};
  mutable std::string text_{};
};

}  // namespace rdpwatch::test
