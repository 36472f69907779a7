#include "daemon/notify/push.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "config/files.h"
#include "daemon/notify/alerts.h"
#include "probes/sanitize.h"

namespace rdpwatch::daemon::notify {
namespace {

using config::Alertmanager;
using Answer = std::expected<HttpAnswer, std::string>;

/// Read at each use: a changed secret counts without a reload. Blanks and line ends around it are no part.
std::expected<std::string, std::string> read_secret(const std::filesystem::path& path) {
  if (path.empty()) return std::string{};
  const auto text = config::read_file(path);
  const auto failed = [&](const std::string& why) {
    return std::unexpected{"secret \"" + path.string() + "\": " + why};
  };
  if (!text) return failed(text.error());
  const auto begin = text->find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return failed("is empty");
  auto secret = text->substr(begin, text->find_last_not_of(" \t\r\n") + 1 - begin);
  if (std::ranges::any_of(secret, [](char c) { return static_cast<unsigned char>(c) < ' '; }))
    return failed("has control characters");
  return secret;
}

std::expected<HttpRequest, std::string> request_for(const Alertmanager& alertmanager, std::string body) {
  const auto password = read_secret(alertmanager.password_file);
  const auto token = read_secret(alertmanager.bearer_token_file);
  if (!password) return std::unexpected{password.error()};
  if (!token) return std::unexpected{token.error()};
  return HttpRequest{.url = alertmanager.url + "/api/v2/alerts",
                     .body = std::move(body),
                     .username = alertmanager.username,
                     .password = *password,
                     .bearer_token = *token,
                     .ca_file = alertmanager.ca_file,
                     .cert_file = alertmanager.cert_file,
                     .key_file = alertmanager.key_file,
                     .proxy_url = alertmanager.proxy_url,
                     .connect_timeout = alertmanager.timeout,
                     .timeout = alertmanager.timeout};
}

std::string error_of(const Answer& answer) {
  if (!answer) return answer.error();
  const auto delivery = delivery_of(*answer);
  if (delivery == Delivery::Taken) return {};
  auto text = "HTTP status " + std::to_string(answer->status);
  if (answer->status == 400 && delivery == Delivery::Failed) text += " not from an Alertmanager";
  return answer->body.empty() ? text : text + ": " + sanitize(answer->body);
}

}  // namespace

Delivery delivery_of(const HttpAnswer& answer) {
  if (200 <= answer.status && answer.status < 300) return Delivery::Taken;
  if (answer.status == 413 || answer.status == 422) return Delivery::Refused;
  if (answer.status != 400 || !answer.content_type.starts_with("application/json")) return Delivery::Failed;
  const auto error = nlohmann::json::parse(answer.body, nullptr, false);
  if (error.is_string()) return Delivery::PartlyTaken;
  return error.contains("code") && error.contains("message") ? Delivery::Refused : Delivery::Failed;
}

Pusher::Pusher(Alertmanager alertmanager, const Queue::Options& options, Exchange exchange, Events events)
    : alertmanager_{std::move(alertmanager)},
      resend_{options.resend},
      exchange_{std::move(exchange)},
      events_{std::move(events)},
      queue_{options} {
  thread_ = std::thread{&Pusher::run, this};
}

Pusher::~Pusher() {
  abandon();
  thread_.join();
}

void Pusher::put(std::vector<Alert> alerts) {
  if (alerts.empty()) return;
  {
    const Lock lock{mutex_};
    std::ranges::move(alerts, std::back_inserter(inbox_));
  }
  changed_.notify_all();
}

void Pusher::finish() {
  {
    const Lock lock{mutex_};
    finishing_ = true;
  }
  changed_.notify_all();
}

void Pusher::abandon() {
  {
    const Lock lock{mutex_};
    stop_.request_stop();
  }
  changed_.notify_all();
}

bool Pusher::wait_until(Queue::Time limit) const {
  Lock lock{mutex_};
  return changed_.wait_until(lock, limit, [this] { return done_; });
}

bool Pusher::delivered_all() const {
  const Lock lock{mutex_};
  return inbox_.empty() && queue_.waiting() == 0;
}

Pusher::Numbers Pusher::numbers() const {
  const Lock lock{mutex_};
  return numbers_;
}

void Pusher::run() {
  Lock lock{mutex_};
  while (!stop_.stop_requested()) {
    take_inbox();
    const auto batch = queue_.due(Queue::Clock::now());
    if (batch.empty()) {
      if (finishing_) break;
      wait(lock);
      continue;
    }
    const std::size_t requests = queue_.requests();
    lock.unlock();
    const auto answer = send(batch, requests);
    tell(answer);
    lock.lock();
    settle(batch.size(), answer);
    if (finishing_ && !answer) break;
  }
  done_ = true;
  changed_.notify_all();
}

void Pusher::take_inbox() {
  const auto now = Queue::Clock::now();
  for (const Alert& alert : std::exchange(inbox_, {})) queue_.put(alert, now);
  numbers_.dropped = queue_.dropped();
  numbers_.waiting = queue_.waiting();
}

void Pusher::wait(Lock& lock) {
  const auto called = [this] { return !inbox_.empty() || finishing_ || stop_.stop_requested(); };
  if (const auto next = queue_.next()) changed_.wait_until(lock, *next, called);
  else changed_.wait(lock, called);
}

/// What fires lasts for several repetitions; of a long queue, whose requests follow each other, one
/// repetition takes as long as all of them.
Answer Pusher::send(const std::vector<Alert>& batch, std::size_t requests) {
  const Queue::Clock::duration again =
      std::max<Queue::Clock::duration>(resend_, request_time_ * static_cast<Queue::Clock::rep>(requests));
  const auto until = std::chrono::system_clock::now() + AlertBook::kHoldsForResends * again;
  const auto request = request_for(alertmanager_, request_body(batch, until));
  if (!request) return std::unexpected{request.error()};
  const auto begin = Queue::Clock::now();
  auto answer = exchange_(*request, stop_.get_token());
  if (answer) request_time_ = Queue::Clock::now() - begin;
  return answer;
}

void Pusher::settle(std::size_t alerts, const Answer& answer) {
  const auto now = Queue::Clock::now();
  const Delivery delivery = answer ? delivery_of(*answer) : Delivery::Failed;
  if (delivery == Delivery::Taken) numbers_.sent += alerts;
  else ++numbers_.errors;
  switch (delivery) {
    case Delivery::Taken:
    case Delivery::PartlyTaken: queue_.delivered(now); break;
    case Delivery::Refused: queue_.refused(now); break;
    case Delivery::Failed: queue_.failed(now); break;
  }
  numbers_.waiting = queue_.waiting();
}

void Pusher::tell(const Answer& answer) {
  const auto error = error_of(answer);
  std::optional<long> fault;
  if (!error.empty()) fault = answer ? answer->status : 0;
  if (news_.is_news(fault, Queue::Clock::now()) && events_.changed) events_.changed(alertmanager_.url, error);
}

}  // namespace rdpwatch::daemon::notify
