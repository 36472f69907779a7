#include "daemon/web_follower.h"

#include <utility>

#include <asio/post.hpp>

namespace rdpwatch::daemon {

struct WebFollower::State : std::enable_shared_from_this<State> {
  State(asio::io_context& context, asio::thread_pool& pool, Log& lines, Changed callback)
      : io{context}, background{pool}, log{lines}, changed{std::move(callback)} {}

  void look() {
    if (!in_effect) return;
    asio::post(background, [self = shared_from_this(), path = in_effect->files.front(), of = round] {
      auto result = config::load_web_file(path);
      asio::post(self->io, [self, of, result = std::move(result)] { self->looked(of, result); });
    });
  }

  void looked(std::uint64_t of, const config::WebFileResult& result) {
    if (stopped || of != round) return;  // a reload came first
    if (!result.file) return refuse(result.diagnostics);
    refused.clear();
    if (*result.file == *in_effect) return;
    log.info("web configuration loaded", {{"file", result.file->files.front().string()}});
    changed(result.file);
  }

  void refuse(const std::vector<config::Diagnostic>& diagnostics) {
    auto text = config::to_text(diagnostics);
    if (text == refused) return;
    refused = std::move(text);
    log.error("web configuration refused, the old one stays in effect", {{"errors", diagnostics.size()}});
    for (const auto& each : diagnostics)
      log.error(each.text,
                {{"file", each.file}, {"line", each.line}, {"column", each.column}, {"path", each.path}});
  }

  asio::io_context& io;
  asio::thread_pool& background;
  Log& log;
  Changed changed;
  std::shared_ptr<const config::WebFile> in_effect{};  ///< nullptr: there is no file
  std::string refused{};                               ///< what was said about the file that is broken now
  std::uint64_t round = 0;                             ///< of follow(): looks of earlier ones are void
  bool stopped = false;
};

WebFollower::WebFollower(asio::io_context& io, asio::thread_pool& background, Watcher::Options watch,
                         Log& log, Changed changed)
    : state_{std::make_shared<State>(io, background, log, std::move(changed))},
      watcher_{io, background, watch, [state = state_] { state->look(); }} {}

WebFollower::~WebFollower() { stop(); }

void WebFollower::follow(const config::Web& web) {
  const bool has_file = web.file && !web.file->files.empty();
  state_->in_effect = has_file ? web.file : nullptr;
  ++state_->round;
  watcher_.watch(has_file ? web.file->files : std::vector<std::filesystem::path>{});
}

void WebFollower::stop() {
  state_->stopped = true;
  watcher_.stop();
}

}  // namespace rdpwatch::daemon
