#include "probes/net/dns_lookup.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <utility>

#include "probes/sanitize.h"

namespace rdpwatch::net {

namespace {

using Kind = DnsReply::Kind;

bool is_conclusive(const DnsReply& reply) {
  return reply.kind == Kind::Answered &&
         (reply.answer.code == DnsCode::NoError || reply.answer.code == DnsCode::NxDomain);
}

bool has_addresses(const DnsReply& reply) {
  return reply.kind == Kind::Answered && reply.answer.code == DnsCode::NoError && !reply.answer.alias_loop &&
         !reply.answer.addresses.empty();
}

Cause cause_of_socket_error(int error) {
  switch (error) {
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EADDRNOTAVAIL: return Cause::ResourcesExhausted;
    case EPERM:
    case EACCES: return Cause::SocketDenied;
    default: return Cause::Timeout;
  }
}

Cause cause_of_answer(const DnsAnswer& answer) {
  if (answer.code == DnsCode::NxDomain) return Cause::NameNotFound;
  if (answer.code == DnsCode::Refused) return Cause::DnsRefused;
  if (answer.code != DnsCode::NoError) return Cause::DnsServerFailure;
  return answer.alias_loop ? Cause::DnsCnameLoop : Cause::NoAddress;
}

Cause cause_of(const DnsReply& reply) {
  switch (reply.kind) {
    case Kind::Answered: return cause_of_answer(reply.answer);
    case Kind::Malformed:
    case Kind::Truncated: return Cause::Malformed;
    case Kind::Unreachable: return cause_of_socket_error(reply.error);
    case Kind::Silent:
    case Kind::Dropped: return Cause::Timeout;
  }
  return Cause::Unclassified;
}

std::optional<std::uint32_t> code_of(const DnsReply& reply) {
  if (reply.kind == Kind::Answered && reply.answer.code != DnsCode::NoError)
    return static_cast<std::uint32_t>(reply.answer.code);
  if (reply.kind == Kind::Unreachable && reply.error != 0) return static_cast<std::uint32_t>(reply.error);
  return std::nullopt;
}

std::string text_of_answer(const DnsAnswer& answer) {
  if (answer.alias_loop) return "CNAME loop or chain over " + std::to_string(kMaxAliases) + " links";
  std::string text = answer.code != DnsCode::NoError ? to_text(answer.code)
                     : answer.addresses.empty()      ? std::string{"no such record"}
                                                     : std::to_string(answer.addresses.size()) + " addresses";
  if (!answer.alias.empty()) text += " (alias of " + answer.alias + ")";
  return text;
}

/// "0.3 s", "3 s".
std::string seconds_text(std::chrono::steady_clock::duration duration) {
  const auto tenths = std::llround(std::chrono::duration<double>(duration).count() * 10);
  std::string text = std::to_string(tenths / 10);
  if (tenths % 10 != 0) text += "." + std::to_string(tenths % 10);
  return text + " s";
}

std::string text_of(const DnsReply& reply, std::chrono::steady_clock::duration waited) {
  switch (reply.kind) {
    case Kind::Answered: return text_of_answer(reply.answer);
    case Kind::Malformed: return "malformed: " + reply.detail;
    case Kind::Unreachable: return socket_error_text(reply.error);
    case Kind::Truncated: return "malformed: truncated answer, and no answer over TCP";
    case Kind::Dropped: return "not asked in time";
    case Kind::Silent: return "no answer within " + seconds_text(waited);
  }
  return {};
}

/// How much a failed try tells: an answer more than a broken one, that more than none.
int rank(const DnsReply& reply) {
  switch (reply.kind) {
    case Kind::Answered: return 0;
    case Kind::Malformed:
    case Kind::Truncated: return 1;
    case Kind::Unreachable: return 2;
    case Kind::Silent:
    case Kind::Dropped: return 3;
  }
  return 3;
}

}  // namespace

DnsLookup::DnsLookup(asio::io_context& io, SearchList search, std::vector<std::shared_ptr<DnsServer>> servers,
                     std::chrono::milliseconds patience)
    : io_{io},
      search_{std::move(search)},
      servers_{std::move(servers)},
      patience_{patience},
      patience_timer_{io},
      grace_timer_{io} {}

void DnsLookup::start(std::function<void()> ended) {
  ended_ = std::move(ended);
  start_name();
}

void DnsLookup::abandon() {
  ended_ = nullptr;
  if (!outcome_) outcome_ = std::unexpected{Observation{.detail = "stopped"}};
  patience_timer_.cancel();
  grace_timer_.cancel();
}

void DnsLookup::start_name() {
  halves_ = {Half{.type = DnsType::A}, Half{.type = DnsType::Aaaa}};
  grace_armed_ = false;
  for (auto& half : halves_) ask_next(half);
  arm_patience();
}

void DnsLookup::ask_next(Half& half) {
  const auto server = half.asked.size();
  const auto index = static_cast<std::size_t>(&half - halves_.data());
  half.asked.push_back({.at = Clock::now()});
  servers_[server]->ask(
      search_.names[name_], half.type,
      [self = weak_from_this()] {
        const auto lookup = self.lock();
        return lookup && !lookup->done() && (!lookup->wanted || lookup->wanted());
      },
      [self = weak_from_this(), name = name_, index, server](DnsReply reply) {
        if (const auto lookup = self.lock()) lookup->replied(name, index, server, std::move(reply));
      });
}

void DnsLookup::replied(std::size_t name, std::size_t index, std::size_t server, DnsReply reply) {
  if (done() || name != name_ || halves_[index].over) return;
  auto& half = halves_[index];
  if (reply.kind == Kind::Truncated) {
    half.asked[server].reply = std::move(reply);
    return;
  }
  half.asked[server].replied_at = Clock::now();
  half.asked[server].reply = std::move(reply);
  if (is_conclusive(half.asked[server].reply)) {
    half.conclusive = server;
    half.over = true;
  } else if (half.asked.size() < servers_.size()) {
    ask_next(half);
  } else {
    half.over = std::ranges::all_of(half.asked, [](const Asked& a) { return a.replied_at.has_value(); });
  }
  progress();
}

void DnsLookup::progress() {
  if (std::ranges::all_of(halves_, &Half::over)) return end_name();
  const bool some = std::ranges::any_of(halves_, [](const Half& half) {
    return half.conclusive && has_addresses(half.asked[*half.conclusive].reply);
  });
  if (some && !std::exchange(grace_armed_, some)) arm_grace();
}

void DnsLookup::end_name() {
  auto outcome = settle();
  if (outcome) return finish(std::move(outcome));
  const auto cause = outcome.error().cause;
  failures_.emplace_back(name_, std::move(outcome.error()));
  const bool silent =
      cause == Cause::Timeout || cause == Cause::ResourcesExhausted || cause == Cause::SocketDenied;
  // As the stub resolver does: who did not answer for one name is not asked for the next.
  if (silent || name_ + 1 == search_.names.size()) return finish(best_failure());
  ++name_;
  start_name();
}

void DnsLookup::finish(Outcome outcome) {
  outcome_ = std::move(outcome);
  patience_timer_.cancel();
  grace_timer_.cancel();
  if (const auto ended = std::exchange(ended_, nullptr)) ended();
}

void DnsLookup::arm_patience() {
  if (servers_.size() < 2) return;
  patience_timer_.expires_after(patience_);
  patience_timer_.async_wait([self = weak_from_this()](asio::error_code error) {
    const auto lookup = self.lock();
    if (error || !lookup || lookup->done()) return;
    bool more = false;
    for (auto& half : lookup->halves_) {
      if (half.over || half.asked.size() == lookup->servers_.size()) continue;
      lookup->ask_next(half);
      more = true;
    }
    if (more) lookup->arm_patience();
  });
}

void DnsLookup::arm_grace() {
  grace_timer_.expires_after(patience_ + patience_ / 2);  // the second try leaves after `patience_`
  grace_timer_.async_wait([self = weak_from_this(), name = name_](asio::error_code error) {
    const auto lookup = self.lock();
    if (!error && lookup && !lookup->done() && lookup->name_ == name) lookup->end_name();
  });
}

const DnsLookup::Asked* DnsLookup::decisive(const Half& half) const {
  if (half.conclusive) return &half.asked[*half.conclusive];
  return &*std::ranges::min_element(half.asked, {}, [](const Asked& asked) { return rank(asked.reply); });
}

DnsLookup::Outcome DnsLookup::outcome() const {
  if (outcome_) return *outcome_;
  auto now = settle();
  const bool timed_out = !now && now.error().cause == Cause::Timeout;
  return timed_out && !failures_.empty() ? best_failure() : now;
}

DnsLookup::Outcome DnsLookup::settle() const {
  DnsAddresses found;
  for (const auto& half : halves_) {
    const auto& reply = decisive(half)->reply;
    if (!has_addresses(reply)) continue;
    found.ttl = found.addresses.empty() ? reply.answer.ttl : std::min(found.ttl, reply.answer.ttl);
    found.addresses.insert(found.addresses.end(), reply.answer.addresses.begin(),
                           reply.answer.addresses.end());
  }
  if (found.addresses.empty()) return failure(*decisive(halves_[0]), *decisive(halves_[1]));
  for (const auto& half : halves_) {
    const auto& reply = decisive(half)->reply;
    if (has_addresses(reply) || cause_of(reply) == Cause::NoAddress) continue;
    found.notes.push_back({.cause = Cause::PartialAddresses,
                           .code = code_of(reply),
                           .detail = sanitize(std::string{to_string(half.type)} + ": " + story(half))});
  }
  return found;
}

/// Which of the two failures names the cause. NXDOMAIN says that there is no record of any type, no data that
/// the name exists; both say more than a server that failed.
DnsLookup::Outcome DnsLookup::failure(const Asked& a, const Asked& aaaa) const {
  const auto ca = cause_of(a.reply), caaaa = cause_of(aaaa.reply);
  const Asked* chosen = &a;
  const auto prefer = [&](Cause cause) {
    if (ca == cause) chosen = &a;
    else if (caaaa == cause) chosen = &aaaa;
    return ca == cause || caaaa == cause;
  };
  if (!prefer(Cause::DnsCnameLoop) && ca != caaaa) {
    const bool one_has_no_data = ca == Cause::NoAddress || caaaa == Cause::NoAddress;
    const bool one_not_found = ca == Cause::NameNotFound || caaaa == Cause::NameNotFound;
    if (one_has_no_data && one_not_found) prefer(Cause::NoAddress);
    else if (one_not_found) prefer(Cause::NameNotFound);
    else if (one_has_no_data) chosen = ca == Cause::NoAddress ? &aaaa : &a;
    else if (rank(aaaa.reply) < rank(a.reply)) chosen = &aaaa;
  }
  return std::unexpected{Observation{.cause = cause_of(chosen->reply),
                                     .code = code_of(chosen->reply),
                                     .detail = sanitize(search_.names[name_] + ": " + story())}};
}

/// No data for a completed name proves that the name exists there; otherwise what was said of the name as
/// given counts, and without that what was said last.
DnsLookup::Outcome DnsLookup::best_failure() const {
  auto best =
      std::ranges::find_if(failures_, [](const auto& one) { return one.second.cause == Cause::NoAddress; });
  if (best == failures_.end())
    best = std::ranges::find_if(failures_, [&](const auto& one) { return one.first == search_.as_given; });
  if (best == failures_.end()) best = std::prev(failures_.end());
  auto observation = best->second;
  std::string others;
  for (const auto& [index, failed] : failures_)
    if (index != best->first) others += (others.empty() ? "; also tried " : ", ") + search_.names[index];
  observation.detail = sanitize(observation.detail + others);
  return std::unexpected{std::move(observation)};
}

std::string DnsLookup::story(const Half& half) const {
  std::string text;
  const auto now = Clock::now();
  for (std::size_t i = 0; i < half.asked.size(); ++i) {
    const auto& asked = half.asked[i];
    if (half.conclusive && *half.conclusive != i) continue;
    if (!text.empty()) text += "; ";
    text += "name server " + to_text(servers_[i]->endpoint()) + ": " +
            text_of(asked.reply, asked.replied_at.value_or(now) - asked.at);
  }
  return text;
}

std::string DnsLookup::story() const {
  const auto a = story(halves_[0]), aaaa = story(halves_[1]);
  return a == aaaa ? a : "A: " + a + "; AAAA: " + aaaa;
}

}  // namespace rdpwatch::net
