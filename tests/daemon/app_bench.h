#pragma once

#include <expected>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include "daemon/app.h"
#include "tests/daemon/fake_engine.h"
#include "tests/support/scratch_folder.h"

namespace rdpwatch::test {

/// An App on a thread of its own, with stand-ins for the doors and, unless told otherwise, the prober.
class AppBench {
 public:
  explicit AppBench(daemon::MakeEngine make_engine = {});
  ~AppBench();

  /// Starts the app over rdpwatch.yaml in the folder; returns when it probes or has ended.
  void start();
  /// Waits for the end; the exit code.
  int end();

  /// Runs `ask` on the main loop.
  template <class Ask>
  auto on_loop(Ask ask) -> decltype(ask(std::declval<daemon::App&>())) {
    std::packaged_task<decltype(ask(std::declval<daemon::App&>()))()> task{[&] { return ask(*app); }};
    auto result = task.get_future();
    post([&task] { task(); });
    REQUIRE(result.wait_for(std::chrono::seconds{60}) == std::future_status::ready);
    return result.get();
  }
  /// Asks on the main loop again and again until the answer is yes; false when it never is.
  bool until(const std::function<bool(daemon::App&)>& holds);

  daemon::ReloadResult reload();
  /// Waits for the answer.
  std::expected<std::string, std::string> pause(const daemon::PauseRequest& request);
  std::future<daemon::OnDemandResult> probe(std::string target, std::string module = {}, bool trace = false,
                                            std::chrono::milliseconds timeout = std::chrono::seconds{30});
  std::uint64_t runs(const std::string& id);

  ScratchFolder folder{};
  std::shared_ptr<FakeWorld> world = std::make_shared<FakeWorld>();
  std::string busy_port{};  ///< what the doors say when they cannot listen; empty: they can
  daemon::RunOptions options{};
  daemon::AppParts parts{};
  std::unique_ptr<daemon::Log> log{};
  std::unique_ptr<daemon::App> app{};
  std::optional<daemon::Actions> actions{};
  bool doors_open = false;
  config::WebFile web{};  ///< what the doors were last secured with, how often
  int secured = 0;

 private:
  void post(std::function<void()> task);

  std::promise<void> started_{};
  std::thread thread_{};
  int exit_code_ = -1;
};

/// Whether the daemon's own metrics hold `series`; on the main loop.
bool shows(daemon::App& app, const std::string& series);

}  // namespace rdpwatch::test
