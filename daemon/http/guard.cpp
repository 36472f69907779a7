#include "daemon/http/guard.h"

#include <algorithm>

#include <asio/post.hpp>

#include "daemon/http/basic_auth.h"
#include "daemon/http/password_check.h"
#include "probes/sanitize.h"

namespace rdpwatch::daemon::http {
namespace {

using Clock = PeerBuckets::Clock;
using Users = std::map<std::string, std::string, std::less<>>;

Response unauthorized() {
  Response response = text_response(401, "a user name and its password are needed here");
  response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"rdpwatch\", charset=\"UTF-8\"");
  return response;
}

Response too_many(const char* what, std::chrono::milliseconds wait) {
  Response response =
      text_response(429, std::string{"too many "} + what + " from this address; try again later");
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  response.headers.emplace_back("Retry-After", std::to_string(seconds));
  return response;
}

/// Stands in for the hash of users that do not exist, so that they take as long as others: the costliest.
std::string decoy_of(const Users& users) {
  const auto cost = [](const auto& user) { return user.second.substr(0, 7); };  // "$2y$10$"
  return users.empty() ? "" : std::ranges::max_element(users, {}, cost)->second;
}

}  // namespace

struct Guard::State : std::enable_shared_from_this<State> {
  State(asio::io_context& context, Handler handler, Audit tell, const GuardLimits& chosen)
      : io{context},
        doors{std::move(handler)},
        audit{std::move(tell)},
        limits{chosen},
        wrong_passwords{limits.wrong_passwords},
        changes{limits.changes},
        verdicts{limits.passwords_kept} {}

  /// One who waits for the verdict about a password.
  struct Visitor {
    Request request{};
    Reply reply{};
  };

  void answer(Request request, const Reply& reply);
  void answer_user(Request request, const Reply& reply);
  void look_at(const Credentials& credentials, const Fingerprint& print, const std::string& hash,
               bool exists);
  void decided(const Fingerprint& print, bool right);
  void pass(Request request, const Reply& reply) const;
  void turn_away(const Request& request, const Reply& reply) const;

  asio::io_context& io;
  Handler doors;
  Audit audit;
  GuardLimits limits;
  Users users{};
  std::string decoy{};
  PeerBuckets wrong_passwords;
  PeerBuckets changes;
  FingerprintMaker fingerprint{};
  VerdictCache verdicts;
  std::map<Fingerprint, std::vector<Visitor>> waiting{};
  std::unique_ptr<PasswordCheck> check = std::make_unique<PasswordCheck>();
};

void Guard::State::answer(Request request, const Reply& reply) {
  request.user.clear();
  if (request.method == "POST" && !changes.take(request.peer, Clock::now()))
    return reply(too_many("requests that change something", changes.period()));
  if (!users.empty()) return answer_user(std::move(request), reply);
  pass(std::move(request), reply);
}

void Guard::State::answer_user(Request request, const Reply& reply) {
  const auto credentials = parse_basic(request.authorization);
  if (!credentials) return turn_away(request, reply);
  const auto user = users.find(credentials->user);
  const bool exists = user != users.end();
  const std::string hash = exists ? user->second : decoy;
  const Fingerprint print =
      fingerprint({credentials->user, exists ? "user" : "nobody", hash, credentials->password});
  if (const auto known = verdicts.find(print)) {
    if (!*known) return turn_away(request, reply);
    request.user = credentials->user;
    return pass(std::move(request), reply);
  }
  if (const auto same = waiting.find(print); same != waiting.end()) {
    same->second.push_back({std::move(request), reply});
    return;
  }
  if (!check || limits.passwords_waiting <= waiting.size())
    return reply(text_response(503, "too many passwords wait to be looked at; try again later"));
  if (!wrong_passwords.take(request.peer, Clock::now()))
    return reply(too_many("wrong passwords", wrong_passwords.period()));
  waiting[print].push_back({std::move(request), reply});
  look_at(*credentials, print, hash, exists);
}

void Guard::State::look_at(const Credentials& credentials, const Fingerprint& print, const std::string& hash,
                           bool exists) {
  check->start(credentials.password, hash,
               [weak = weak_from_this(), &context = io, print, exists](bool fits) {
                 asio::post(context, [weak, print, right = fits && exists] {
                   if (const auto self = weak.lock()) self->decided(print, right);
                 });
               });
}

void Guard::State::decided(const Fingerprint& print, bool right) {
  verdicts.put(print, right);
  auto visitors = waiting.extract(print);
  if (visitors.empty()) return;
  if (right) wrong_passwords.give_back(visitors.mapped().front().request.peer);
  // The verdict is known now; whether it still matters, the users of this moment say.
  for (Visitor& visitor : visitors.mapped()) answer_user(std::move(visitor.request), visitor.reply);
}

void Guard::State::turn_away(const Request& request, const Reply& reply) const {
  if (request.method == "POST")
    audit({AuditAction::Request,
           {},
           request.peer,
           sanitize(request.method + " " + request.path),
           refused("no user name with its password")});
  reply(unauthorized());
}

/// Behind a wait there is nobody else who would turn a bug of a door into an answer.
void Guard::State::pass(Request request, const Reply& reply) const {
  request.authorization.clear();
  try {
    doors(std::move(request), reply);
  } catch (const std::exception&) {
    reply(text_response(500, "this request could not be answered"));
  }
}

Guard::Guard(asio::io_context& io, Handler doors, Audit audit, GuardLimits limits)
    : state_{std::make_shared<State>(io, std::move(doors), std::move(audit), limits)} {}

Guard::~Guard() { state_->check.reset(); }

void Guard::admit(std::map<std::string, std::string, std::less<>> users_and_hashes) {
  state_->users = std::move(users_and_hashes);
  state_->decoy = decoy_of(state_->users);
}

Handler Guard::handler() const {
  return [state = state_](Request request, const Reply& reply) { state->answer(std::move(request), reply); };
}

}  // namespace rdpwatch::daemon::http
