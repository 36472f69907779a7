#include "daemon/on_demand.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <asio/experimental/as_tuple.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include "config/overrides.h"

namespace rdpwatch::daemon {

/// Where the answer of another thread meets the coroutine that waits for it, both on the main loop.
struct OnDemand::Meeting {
  explicit Meeting(asio::io_context& io) : timer{io} {}
  asio::steady_timer timer;
  std::optional<OnDemandAnswer> answer{};
};

asio::awaitable<OnDemandResult> OnDemand::probe(std::shared_ptr<const config::Config> config,
                                                std::string target, std::string module,
                                                std::chrono::milliseconds timeout, bool trace) {
  constexpr std::chrono::milliseconds kAnswerMargin{250};
  const TargetRecord* const record = store_.find(target);
  if (record == nullptr) co_return OnDemandResult{.none = NoProbe::Unknown};
  // The climb ends a little before whoever asked gives up, so that its own time-out is still told.
  OnDemandRequest request{target, {}, timeout - std::min(timeout / 5, kAnswerMargin), trace};
  if (!module.empty() && module != record->target->module->name) {
    const auto found = config->modules.find(module);
    if (found == config->modules.end()) co_return OnDemandResult{.none = NoProbe::Unknown};
    request.module = config::module_for(*record->target, found->second);
  }
  const auto meeting = std::make_shared<Meeting>(io_);
  meeting->timer.expires_after(timeout);
  ask(*record->target, std::move(request), meeting);
  co_await meeting->timer.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
  if (!meeting->answer) co_return last_result(target, module, NoProbe::Timeout);
  OnDemandAnswer& answer = *meeting->answer;
  OnDemandResult result = answer.report ? OnDemandResult{.report = std::move(answer.report)}
                                        : last_result(target, module, answer.none);
  result.trace = std::move(answer.trace);
  co_return result;
}

void OnDemand::ask(const config::Target& target, OnDemandRequest request,
                   const std::shared_ptr<Meeting>& meeting) {
  shard_of_(target).probe_now(std::move(request), [this, meeting](OnDemandAnswer answer) {
    asio::post(io_, [this, meeting, answer = std::move(answer)]() mutable {
      // It took place, whether or not anybody waits for it still.
      if (answer.report && !answer.counted) metrics_.observe(*answer.report);
      meeting->answer = std::move(answer);
      meeting->timer.cancel();
    });
  });
}

OnDemandResult OnDemand::last_result(const std::string& target, const std::string& module,
                                     NoProbe why) const {
  OnDemandResult result{.none = why};
  const TargetRecord* const record = store_.find(target);  // a reload may have moved it
  const bool same_module =
      record != nullptr && record->last != nullptr && (module.empty() || record->last->module == module);
  if (same_module) result.report = record->last;
  return result;
}

}  // namespace rdpwatch::daemon
