#include "daemon/app.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>

#include "config/overrides.h"
#include "daemon/exception_text.h"

namespace rdpwatch::daemon {
namespace {

constexpr auto kNoThrow = asio::experimental::as_tuple(asio::use_awaitable);

constexpr int kExitCannotRun = 1;
constexpr int kExitConfiguration = 78;  // EX_CONFIG of sysexits.h

metrics::LogLevel level_of(LogSeverity severity) {
  switch (severity) {
    case LogSeverity::Debug: return metrics::LogLevel::Debug;
    case LogSeverity::Info: return metrics::LogLevel::Info;
    case LogSeverity::Warning: return metrics::LogLevel::Warning;
    case LogSeverity::Error: return metrics::LogLevel::Error;
  }
  return metrics::LogLevel::Error;
}

}  // namespace

App::App(RunOptions options, AppParts parts, Log& log)
    : options_{std::move(options)},
      parts_{std::move(parts)},
      log_{log},
      metrics_{parts_.build},
      pauses_{io_,
              store_,
              {[this](const auto& places) { shards_.pause(places); },
               [this](const AuditEntry& entry) { audit(log_, entry); }, [this] { keeper_.save_soon(); },
               parts_.wall_clock}},
      incidents_{
          {io_, store_, history_, metrics_.incidents(), log_, parts_.wall_clock, parts_.incident_interval}},
      vantage_{{io_, store_, history_, budget_, metrics_.vantage(), log_, parts_.make_senses,
                parts_.wall_clock, parts_.vantage_interval,
                [this](const std::string& what) { crashed(what); }}},
      keeper_{{io_, store_, history_, budget_, metrics_, log_, parts_.build.version, parts_.state_interval,
               parts_.state_soon}},
      loader_{options_.config, parts_.fetch, options_.web_config_file, options_.listen_addresses},
      watcher_{io_, loader_.background(), parts_.watch,
               [this] { spawn(reload_and_forget(Trigger::Watch, "a watched file")); }},
      web_follower_{io_, loader_.background(), parts_.watch, log_,
                    [this](std::shared_ptr<const config::WebFile> web) { secure(std::move(web)); }},
      signals_{io_},
      reload_gate_{io_, asio::steady_timer::time_point::max()},
      urls_{io_,
            loader_,
            log_,
            {parts_.url_refresh, parts_.fetch_errors, parts_.keep_urls},
            [this] { spawn(reload_and_forget(Trigger::Watch, "a list of targets behind a URL")); }},
      stop_timer_{io_},
      service_{io_, parts_.service_manager},
      notifier_{io_,
                store_,
                metrics_.notifications(),
                log_,
                parts_.make_exchange,
                [this] { keeper_.save_soon(); },
                vantage_.health()},
      heartbeat_{io_, log_, parts_.make_exchange},
      shards_{io_, metrics_, log_},
      paths_{io_, store_, metrics_, log_},
      on_demand_{io_, store_, metrics_,
                 [this](const config::Target& target) -> Shard& { return shards_.of(target); }} {
  log_.set_counter([this](LogSeverity severity) { metrics_.logged(level_of(severity)); });
}

App::~App() {
  notifier_.end();
  heartbeat_.end();
  log_.set_counter({});
}

int App::run() {
  if (const int code = start(); code != 0) return code;
  io_.run();
  shards_.clear();
  // Both have known for a while that the end is near, and have the same time left.
  const auto limit = std::chrono::steady_clock::now() + notify::Notifier::kAbandoned;
  const bool told = notifier_.wait();
  if (!heartbeat_.wait_until(limit) || !told) abandoned_ = true;
  return exit_code_;
}

int App::start() {
  signals_.add(SIGHUP);  // loading takes a while, and it would kill us
  const auto loaded = loader_.load_now();
  if (!loaded.config) {
    std::fputs(config::to_text(loaded.diagnostics).c_str(), stderr);
    return kExitConfiguration;
  }
  warn(loaded.diagnostics);
  doors_ = parts_.make_doors({io_, store_, history_, metrics_, actions(), options_});
  doors_->secure(*loaded.config->web.file);
  if (const auto listening = doors_->start(loaded.config->listen); !listening) {
    log_.error(listening.error());
    return kExitCannotRun;
  }
  shards_.make(options_.probe_threads, parts_.make_engine, budget_, events());
  activate(loaded.config);
  if (const int code = load_state(); code != 0) return code;
  urls_.take_as_told();
  incidents_.start();
  vantage_.start();
  // Not before: of targets that are left alone until then, each slot that passes is lost.
  pauses_.when_known([this] { shards_.start(); });
  keeper_.start();
  for (const int signal : {SIGTERM, SIGINT}) signals_.add(signal);
  await_signal();
  shards_.count();
  spawn(urls_.run());
  for (const auto& address : doors_->addresses())
    log_.info(
        "listening",
        {{"address", address}, {"targets", config_->targets.size()}, {"probe_threads", shards_.size()}});
  service_.started(service_parts());
  heartbeat_.started(life_parts());
  return 0;
}

/// Not 0: the daemon must not start, or it would overwrite what it cannot read, or what another one writes.
int App::load_state() {
  const auto& folder = config_->state_directory.empty() ? parts_.state_directory : config_->state_directory;
  if (folder.empty()) return 0;
  auto resumed = keeper_.load(folder, *config_, sections());
  if (!resumed) {
    log_.error(resumed.error().why);
    return resumed.error().in_use ? kExitCannotRun : kExitConfiguration;
  }
  shards_.resume(std::move(*resumed));
  return 0;
}

ServiceReporter::Parts App::service_parts() {
  ServiceReporter::Parts parts{.life = life_parts()};
  parts.status = [this] {
    const auto what = stopping_ ? "stopping; " : refused_.empty() ? "" : "configuration refused; ";
    return what + store_.summary();
  };
  parts.life.not_moving = [this](std::size_t thread) {
    log_.error("a probe thread does not move, the watchdog is not fed", {{"thread", thread}});
  };
  return parts;
}

LifeCheck::Parts App::life_parts() {
  return {.threads = shards_.pulses(), .longest_probe = [this] { return shards_.longest_probe(); }};
}

ShardEvents App::events() {
  ShardEvents events;
  events.finished = [this](FinishedProbe probe) {
    asio::post(io_, [this, probe = std::move(probe)] { take(probe); });
  };
  events.skipped = [this](SkipReason reason, std::uint64_t count) {
    asio::post(io_, [this, reason, count] { metrics_.skipped(reason, count); });
  };
  events.looked = paths_.listener();
  events.crashed = [this](std::string what) {
    asio::post(io_, [this, what = std::move(what)] { crashed(what); });
  };
  return events;
}

state::Sections App::sections() { return {pauses_.section(), notifier_.section(), incidents_.section()}; }

void App::take(const FinishedProbe& probe) {
  if (probe.lag) metrics_.observe(*probe.report, *probe.lag);
  else metrics_.observe(*probe.report);
  vantage_.observe(*probe.report);
  history_.record(*probe.report, probe.trace, probe.memory);
  const TargetRecord* const before = store_.find(probe.report->target);
  const bool first = before != nullptr && before->last == nullptr;
  const TargetRecord* changed = store_.record(probe.report, vantage_.suspect());
  if (const TargetRecord* record = store_.find(probe.report->target)) notifier_.observe(*record);
  if (changed == nullptr) return;
  const bool healthy_from_the_start = first && probe.report->verdict == Verdict::Ok;
  if (!healthy_from_the_start || log_.enabled(LogSeverity::Debug)) log_change(log_, *changed);
}

void App::crashed(const std::string& what) {
  log_.error("a probe ended in a way that it never should; stopping", {{"what", what}});
  exit_code_ = kExitCannotRun;
  if (!stopping_) stop();
}

void App::activate(std::shared_ptr<const config::Config> config) {
  if (config_ && config_->listen != config->listen)
    log_.warning("a changed `listen` takes effect at the next start");
  if (config_ && config_->state_directory != config->state_directory)
    log_.warning("a changed `state_directory` takes effect at the next start");
  if (options_.enable_reload && !config->web.enable_reload) {
    auto reloadable = *config;
    reloadable.web.enable_reload = true;
    config = std::make_shared<const config::Config>(std::move(reloadable));
  }
  // Connections of an unchanged one go on.
  const bool secure_anew = config_ && !(*config_->web.file == *config->web.file);
  config_ = std::move(config);
  budget_.configure(config_->connection_budget);
  store_.replace(*config_);
  history_.replace(*config_);
  shards_.place(config_);
  pauses_.configure(*config_);
  incidents_.configure(*config_);
  vantage_.configure(*config_);
  notifier_.configure(*config_);
  heartbeat_.configure(config_->heartbeat_url, config_->heartbeat_interval);
  shards_.distribute();
  urls_.follow(config_->target_urls);
  watcher_.watch(config_->watched);
  web_follower_.follow(config_->web);
  if (secure_anew) doors_->secure(*config_->web.file);
  metrics_.reload_succeeded(*config_, std::chrono::system_clock::now());
}

void App::secure(std::shared_ptr<const config::WebFile> web) {
  auto secured = *config_;
  secured.web.file = std::move(web);
  if (secured.external_url_is_default) secured.external_url = config::default_external_url(secured);
  const bool other_links = secured.external_url != config_->external_url;
  config_ = std::make_shared<const config::Config>(std::move(secured));
  if (other_links) notifier_.configure(*config_);
  web_follower_.follow(config_->web);
  doors_->secure(*config_->web.file);
}

Actions App::actions() {
  Actions actions;
  actions.config = [this] { return config_; };
  actions.reload = [this] { return reload(Trigger::Operator); };
  actions.pause = [this](const PauseRequest& request, PauseOrdered done) {
    pauses_.order(request, std::move(done));
  };
  actions.end_pause = [this](const std::string& id, const std::string& who, const std::string& from) {
    return pauses_.end(id, who, from);
  };
  actions.pauses = [this] { return pauses_.list(); };
  actions.incidents = [this]() -> const incidents::Incidents& { return incidents_.open(); };
  actions.vantage = [this]() -> const vantage::Health& { return vantage_.health(); };
  actions.audit = [this](const AuditEntry& entry) { audit(log_, entry); };
  actions.probe = [this](std::string target, std::string module, std::chrono::milliseconds timeout,
                         bool trace) {
    return on_demand_.probe(config_, std::move(target), std::move(module), timeout, trace);
  };
  return actions;
}

asio::awaitable<ReloadResult> App::reload(Trigger trigger) {
  while (reloading_) co_await reload_gate_.async_wait(kNoThrow);
  reloading_ = true;
  service_.reloading();
  auto loaded = co_await loader_.load();
  reloading_ = false;
  reload_gate_.cancel();
  urls_.tell();
  ReloadResult result{loaded.config != nullptr, std::move(loaded.diagnostics), false};
  if (stopping_) co_return result;
  if (!result.ok) {
    metrics_.reload_failed();
    refuse(result.diagnostics, trigger);
    service_.reloaded();
    co_return result;
  }
  refused_.clear();
  const bool unchanged = same(*config_, *loaded.config);
  result.changed = !unchanged;
  if (unchanged) metrics_.reload_succeeded(*config_, std::chrono::system_clock::now());
  else activate(loaded.config);
  if (trigger == Trigger::Operator || !unchanged) tell_loaded(unchanged, result.diagnostics);
  service_.reloaded();
  co_return result;
}

void App::tell_loaded(bool unchanged, const std::vector<config::Diagnostic>& warnings) {
  log_.info(unchanged ? "configuration loaded, nothing changed" : "configuration loaded",
            {{"targets", config_->targets.size()}, {"sha256", config_->sha256}});
  warn(warnings);
}

void App::warn(const std::vector<config::Diagnostic>& warnings) {
  for (const auto& each : warnings)
    log_.warning(each.text, {{"file", each.file}, {"line", each.line}, {"path", each.path}});
}

void App::refuse(const std::vector<config::Diagnostic>& diagnostics, Trigger trigger) {
  const auto text = config::to_text(diagnostics);
  if (trigger == Trigger::Watch && text == refused_) return;
  refused_ = text;
  log_.error("configuration refused, the old one stays in effect", {{"errors", diagnostics.size()}});
  for (const auto& each : diagnostics)
    log_.error(each.text,
               {{"file", each.file}, {"line", each.line}, {"column", each.column}, {"path", each.path}});
}

asio::awaitable<void> App::reload_and_forget(Trigger trigger, std::string who) {
  const auto result = co_await reload(trigger);
  if (trigger == Trigger::Operator || result.changed) audit(log_, audit_of(result, std::move(who), {}));
}

void App::spawn(asio::awaitable<void> task) {
  asio::co_spawn(io_, std::move(task), [this](const std::exception_ptr& error) {
    if (error) crashed(text_of(error));
  });
}

void App::await_signal() {
  signals_.async_wait([this](asio::error_code error, int signal) {
    if (error) return;
    await_signal();
    if (signal == SIGHUP) {
      if (!stopping_) spawn(reload_and_forget(Trigger::Operator, "SIGHUP"));
    } else if (stopping_) {
      std::_Exit(128 + signal);
    } else {
      stop();
    }
  });
}

void App::request_stop() {
  asio::post(io_, [this] {
    if (!stopping_) stop();
  });
}

void App::request_reload() {
  asio::post(io_, [this] { spawn(reload_and_forget(Trigger::Operator, "SIGHUP")); });
}

void App::stop() {
  stopping_ = true;
  log_.info("stopping");
  service_.stopping();
  notifier_.stop();
  heartbeat_.stop();
  watcher_.stop();
  web_follower_.stop();
  urls_.stop();
  pauses_.stop();
  incidents_.stop();
  vantage_.stop();
  shards_.stop([this] { save_and_end(true); });
  stop_timer_.expires_after(std::min(shards_.longest_probe(), kStopGrace));
  stop_timer_.async_wait([this](asio::error_code error) {
    if (!error) abort_probes();
  });
}

void App::abort_probes() {
  shards_.abort();
  stop_timer_.expires_after(kAbortGrace);
  stop_timer_.async_wait([this](asio::error_code error) {
    if (error) return;
    log_.error("probes did not end in time");
    abandoned_ = true;
    save_and_end(false);
  });
}

void App::save_and_end(bool orderly) {
  if (std::exchange(saving_, true)) return;
  stop_timer_.expires_after(kSaveGrace);
  stop_timer_.async_wait([this](asio::error_code error) {
    if (error) return;
    log_.error("the state was not saved in time");
    abandoned_ = true;
    end();
  });
  keeper_.stop(orderly, [this] { end(); });
}

void App::end() {
  stop_timer_.cancel();
  shards_.stop_counting();
  for (const int signal : {SIGTERM, SIGINT}) signals_.remove(signal);  // a second one has its usual effect
  signals_.cancel();
  service_.end();
  doors_->stop();
  log_.info("stopped");
  io_.stop();
}

}  // namespace rdpwatch::daemon
