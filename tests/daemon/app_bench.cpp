#include "tests/daemon/app_bench.h"

#include <asio/co_spawn.hpp>
#include <asio/post.hpp>
#include <asio/use_future.hpp>
#include <fcntl.h>
#include <unistd.h>

namespace rdpwatch::test {
namespace {

class FakeDoors final : public daemon::Doors {
 public:
  FakeDoors(AppBench& bench, daemon::Actions actions) : bench_{bench} { bench.actions = std::move(actions); }
  std::expected<void, std::string> start(const std::vector<std::string>& addresses) override {
    if (!bench_.busy_port.empty()) return std::unexpected{bench_.busy_port};
    addresses_ = addresses;
    bench_.doors_open = true;
    return {};
  }
  void secure(const config::WebFile& web) override {
    bench_.web = web;
    ++bench_.secured;
  }
  void stop() override { bench_.doors_open = false; }
  std::vector<std::string> addresses() const override { return addresses_; }

 private:
  AppBench& bench_;
  std::vector<std::string> addresses_{};
};

}  // namespace

AppBench::AppBench(daemon::MakeEngine make_engine) {
  options.config = folder.path("rdpwatch.yaml");
  options.probe_threads = 3;
  parts.make_engine = make_engine ? std::move(make_engine)
                                  : [this](asio::io_context& io) { return make_fake_engine(io, world); };
  parts.make_doors = [this](daemon::DoorContext context) {
    return std::make_unique<FakeDoors>(*this, std::move(context.actions));
  };
  parts.watch.calm = std::chrono::milliseconds{20};
  log = std::make_unique<daemon::Log>(daemon::LogOptions{}, ::open("/dev/null", O_WRONLY | O_CLOEXEC));
}

AppBench::~AppBench() {
  if (!thread_.joinable()) return;
  world->hold = false;
  app->request_stop();
  thread_.join();
}

void AppBench::start() {
  app = std::make_unique<daemon::App>(options, parts, *log);
  asio::post(app->io(), [this] { started_.set_value(); });
  auto started = started_.get_future();
  thread_ = std::thread{[this] { exit_code_ = app->run(); }};
  started.wait_for(std::chrono::seconds{60});
}

int AppBench::end() {
  thread_.join();
  return exit_code_;
}

void AppBench::post(std::function<void()> task) { asio::post(app->io(), std::move(task)); }

bool AppBench::until(const std::function<bool(daemon::App&)>& holds) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds{60};
  while (std::chrono::steady_clock::now() < limit) {
    if (on_loop(holds)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds{2});  // not to synchronise, but not to spin
  }
  return false;
}

daemon::ReloadResult AppBench::reload() {
  auto result = asio::co_spawn(app->io(), actions->reload(), asio::use_future);
  REQUIRE(result.wait_for(std::chrono::seconds{60}) == std::future_status::ready);
  return result.get();
}

std::expected<std::string, std::string> AppBench::pause(const daemon::PauseRequest& request) {
  std::promise<std::expected<std::string, std::string>> answer;
  post([&] { actions->pause(request, [&answer](const auto& id) { answer.set_value(id); }); });
  auto result = answer.get_future();
  REQUIRE(result.wait_for(std::chrono::seconds{60}) == std::future_status::ready);
  return result.get();
}

std::future<daemon::OnDemandResult> AppBench::probe(std::string target, std::string module, bool trace,
                                                    std::chrono::milliseconds timeout) {
  return asio::co_spawn(app->io(), actions->probe(std::move(target), std::move(module), timeout, trace),
                        asio::use_future);
}

std::uint64_t AppBench::runs(const std::string& id) {
  return on_loop([&](daemon::App& running) {
    const auto* record = running.store().find(id);
    return record == nullptr ? 0 : record->runs;
  });
}

bool shows(daemon::App& app, const std::string& series) {
  std::string page;
  for (const auto& block : app.self_metrics().render(daemon::metrics::Format::Text, app.store()))
    page += block.text;
  return page.find(series) != std::string::npos;
}

}  // namespace rdpwatch::test
