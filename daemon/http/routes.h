#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/http/message.h"

namespace rdpwatch::daemon::http {

/// A request that reached its door.
struct Visit {
  const Request& request;  ///< only until the door returns: what is answered later copies what it needs
  std::string id{};        ///< the segment of the path where its pattern has a star, decoded
  std::map<std::string, std::string, std::less<>> form{};  ///< of a door for forms, without the token
  Reply reply{};
};
using Door = std::function<void(const Visit&)>;

/// Which method and path leads to which door. Answers 404, 405 with Allow, and HEAD as GET by itself.
///
/// A path is a pattern like "/targets/*/probe": the star stands for one segment that is not empty.
///
/// INVARIANT: a request that may change something passes the gate first, so no door can forget it.
class Routes {
 public:
  /// Says why a POST may not be obeyed, or nothing.
  using Gate = std::function<std::optional<Response>(const Request& request)>;
  /// The fields of the form in a POST, or the answer that refuses it.
  using ReadForm = std::function<std::expected<decltype(Visit::form), Response>(const Request& request)>;

  Routes(Gate gate, ReadForm read_form) : gate_{std::move(gate)}, read_form_{std::move(read_form)} {}

  void get(std::string_view path, Door door) { add(Kind::Get, path, std::move(door)); }
  /// A door for programs, with any body or none.
  void post(std::string_view path, Door door) { add(Kind::Post, path, std::move(door)); }
  /// A door for the forms of our pages.
  void post_form(std::string_view path, Door door) { add(Kind::PostForm, path, std::move(door)); }

  void answer(const Request& request, const Reply& reply) const;

 private:
  enum class Kind : std::uint8_t { Get, Post, PostForm };
  struct Route {
    Kind kind;
    std::string before;  ///< the star, or all of the path
    bool star = false;
    std::string after{};
    Door door{};
  };

  void add(Kind kind, std::string_view path, Door door);
  void enter(const Route& route, const Request& request, std::string id, const Reply& reply) const;

  Gate gate_;
  ReadForm read_form_;
  std::vector<Route> routes_{};
};

}  // namespace rdpwatch::daemon::http
