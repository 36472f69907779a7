#pragma once

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>

#include "daemon/http/doors.h"
#include "daemon/http/guard.h"
#include "daemon/http/server.h"
#include "tests/support/fake_records.h"

namespace rdpwatch::test {

/// The doors over a fake fleet, served on 127.0.0.1 from a thread of their own.
class ServedFleet {
 public:
  explicit ServedFleet(std::size_t targets, daemon::http::Limits limits = {});
  ~ServedFleet();
  ServedFleet(const ServedFleet&) = delete;
  ServedFleet& operator=(const ServedFleet&) = delete;

  std::uint16_t port() const { return port_; }

  /// Runs `work` on the server's thread and waits for it.
  template <class Work>
  void on_loop(Work work) {
    std::promise<void> done;
    asio::post(io, [&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }

  /// As App does when the web configuration is loaded.
  void secure(const config::WebFile& web) {
    on_loop([&] {
      guard_->admit(web.users);
      server_->secure({web.tls_context, web.headers});
    });
  }

  std::size_t open_connections() {
    std::size_t open = 0;
    on_loop([&] { open = server_->open_connections(); });
    return open;
  }

  asio::io_context io{1};
  daemon::Store store{};
  daemon::History history{};
  daemon::metrics::SelfMetrics self{{"0.1.0", "test", "test", "test"}};
  std::shared_ptr<config::Config> config;
  daemon::ReloadResult reload_result{.ok = true};
  daemon::OnDemandResult probe_result{.none = daemon::NoProbe::Budget};
  std::string probed_target{};
  std::string probed_module{};
  std::chrono::milliseconds probe_timeout{};
  daemon::Pauses pauses{};
  std::vector<daemon::PauseRequest> pauses_asked{};
  std::string pause_refused{};  ///< why the next is; empty: it is not
  std::string pause_ended{};    ///< by whom
  std::vector<daemon::AuditEntry> audited{};
  daemon::incidents::Incidents open_incidents{};
  daemon::vantage::Health health{};

 private:
  daemon::Actions actions();

  asio::executor_work_guard<asio::io_context::executor_type> work_{io.get_executor()};
  std::unique_ptr<daemon::http::Doors> doors_{};
  std::unique_ptr<daemon::http::Guard> guard_{};
  std::unique_ptr<daemon::http::HttpServer> server_{};
  std::uint16_t port_ = 0;
  std::thread thread_{};
};

}  // namespace rdpwatch::test
