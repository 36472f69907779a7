#pragma once

#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace rdpwatch::test {

/// A scripted HTTP server: answers each connection on 127.0.0.1 with the next of its answers, the last one
/// for ever, then closes it. An empty answer: it is mute until the client gives up.
class WebPeer {
 public:
  explicit WebPeer(std::string answer) : WebPeer{std::vector{std::move(answer)}} {}
  explicit WebPeer(std::vector<std::string> answers);
  ~WebPeer();
  WebPeer(const WebPeer&) = delete;
  WebPeer& operator=(const WebPeer&) = delete;

  /// From now on connections are refused.
  void stop();

  std::string url(const std::string& user = "") const;
  /// All requests so far, each with its body.
  std::vector<std::string> requests() const;

 private:
  void serve();

  std::vector<std::string> answers_;
  mutable std::mutex mutex_{};
  std::vector<std::string> requests_{};
  int listener_;
  int port_ = 0;
  std::thread thread_{};
};

/// An answer with its length.
std::string web_answer(const std::string& status, const std::string& body, const std::string& headers = "");

}  // namespace rdpwatch::test
