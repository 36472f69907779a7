#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include <openssl/err.h>

#include "tests/rdpsim/connection.h"
#include "tests/rdpsim/messages.h"

/// What a Connection says in each phase.
namespace rdpwatch::rdpsim {
namespace {

constexpr std::uint32_t kTlsRequired = 1;
constexpr std::uint32_t kNlaRequired = 5;
constexpr std::uint32_t kStatusLogonFailure = 0xC000006D;

struct Choice {
  std::optional<std::uint32_t> failure{};
  std::uint32_t protocol = kProtocolRdp;
};

Choice choose(const NegotiateBehaviour& negotiate, std::uint32_t offered) {
  if (negotiate.failure) return {.failure = negotiate.failure};
  if (negotiate.select) return {.protocol = *negotiate.select};
  const bool tls = (offered & kProtocolSsl) != 0;
  const bool hybrid = (offered & kProtocolHybrid) != 0;
  const bool hybrid_ex = negotiate.early_authorization && (offered & kProtocolHybridEx) != 0;
  const std::uint32_t strongest = hybrid_ex ? kProtocolHybridEx
                                  : hybrid  ? kProtocolHybrid
                                  : tls     ? kProtocolSsl
                                            : kProtocolRdp;
  switch (negotiate.security) {
    case Security::Rdp: return {.protocol = kProtocolRdp};
    case Security::Tls:
      if (!tls) return {.failure = kTlsRequired};
      return {.protocol = kProtocolSsl};
    case Security::Nla:
      if (!hybrid && !hybrid_ex) return {.failure = kNlaRequired};
      return {.protocol = strongest};
    case Security::Any: return {.protocol = strongest};
  }
  return {};
}

/// The first `count` TLS records of `flight`.
Bytes first_records(const Bytes& flight, unsigned count) {
  std::size_t end = 0;
  for (unsigned i = 0; i < count && end + 5 <= flight.size(); ++i)
    end += 5 + (std::size_t{flight[end + 3]} << 8 | flight[end + 4]);
  return {flight.begin(), flight.begin() + static_cast<std::ptrdiff_t>(std::min(end, flight.size()))};
}

bool speaks_spnego(const Bytes& request) {
  const Bytes oid{0x06, 0x06, 0x2B, 0x06, 0x01, 0x05, 0x05, 0x02};
  return std::ranges::search(request, oid).begin() != request.end();
}

std::string upper_label(const std::string& name) {
  std::string label = name.substr(0, std::min(name.find('.'), std::size_t{15}));
  std::ranges::transform(label, label.begin(),
                         [](char c) { return 'a' <= c && c <= 'z' ? char(c - 32) : c; });
  return label;
}

/// Names as a domain member of that name would tell them; a host without a name is in a workgroup.
Identity identity_of(const Host& host, const NlaBehaviour& nla) {
  const auto dot = host.name.find('.');
  const std::string domain = dot == std::string::npos ? "" : host.name.substr(dot + 1);
  const std::string computer =
      host.name.empty() ? "SIM-" + std::to_string(host.address & 0xFFFFFF) : upper_label(host.name);
  return {.computer = nla.computer.value_or(computer),
          .domain = nla.domain.value_or(domain.empty() ? computer : upper_label(domain)),
          .dns_name = nla.dns_name.value_or(host.name.empty() ? computer : host.name),
          .dns_domain = nla.dns_domain.value_or(domain),
          .forest = nla.forest.value_or(domain)};
}

}  // namespace

void Connection::negotiate(const Bytes& request) {
  const NegotiateBehaviour& phase = behaviour_->negotiate;
  const auto offered = requested_protocols(request);
  const Choice choice = choose(phase, offered.value_or(kProtocolRdp));
  Answer how = phase.answer;
  Bytes reply;
  if (choice.failure) {
    reply = failure(*choice.failure);
    // [MS-RDPBCGR] 3.3.5.3.2: the server closes after a failure
    if (how.then == Then::Continue) how.then = Then::Close;
  } else {
    reply = phase.bare || !offered ? bare_confirm() : confirm(phase.flags, choice.protocol);
    selected_ = phase.bare ? kProtocolRdp : choice.protocol;
  }
  if (how.send && how.then == Then::Continue) how.then = Then::Silence;
  const bool secured = selected_ != kProtocolRdp && !choice.failure;
  answer(how, std::move(reply), secured ? State::Handshake : State::Silent, true);
}

bool Connection::continue_handshake() {
  const TlsBehaviour& phase = behaviour_->tls;
  const bool first = !std::exchange(first_flight_sent_, true);
  Answer how = first ? phase.answer : Answer{};
  if (phase.alert) {
    how.send = tls_alert(*phase.alert);
    if (how.then == Then::Continue) how.then = Then::Close;
  }
  if (first && how.send) {
    inbox_.clear();
    answer(how, {}, State::Silent, true);
    return false;
  }
  if (!ssl_) start_tls();
  if (!ssl_) return false;
  BIO_write(SSL_get_rbio(ssl_.get()), inbox_.data(), static_cast<int>(inbox_.size()));
  inbox_.clear();
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  const int error = SSL_get_error(ssl_.get(), result);
  Bytes flight = take_tls_output();
  if (result != 1 && error != SSL_ERROR_WANT_READ) {
    ++shared_.stats.handshake_failures;
    answer({.then = Then::Close}, std::move(flight), State::Silent, first);
    return false;
  }
  if (first && phase.records) {
    flight = first_records(flight, *phase.records);
    if (how.then == Then::Continue) how.then = Then::Silence;
  }
  if (result == 1 && how.then == Then::Continue) {
    handshake_done(std::move(flight));
    return !done_ && state_ == State::Token;
  }
  if (flight.empty() && how.then == Then::Continue) return false;
  answer(how, std::move(flight), State::Handshake, first);
  return true;
}

void Connection::handshake_done(Bytes flight) {
  handshake_done_ = true;
  ++shared_.stats.handshakes;
  const bool credssp = (selected_ & (kProtocolHybrid | kProtocolHybridEx)) != 0;
  answer({}, std::move(flight), credssp ? State::Token : State::Silent, false);
}

void Connection::challenge(const Bytes& request) {
  const NlaBehaviour& phase = behaviour_->nla;
  if (0 < tokens_++) {  // nobody may log on here
    ++shared_.stats.authentications;
    const Bytes refusal = ts_request(phase.version, {}, kStatusLogonFailure, false);
    answer({.then = Then::CloseNotify}, encrypt(refusal), State::Silent, true);
    return;
  }
  if (phase.alert) return answer({.then = Then::Close}, fatal_alert(), State::Silent, true);
  ++shared_.stats.challenges;
  Bytes reply;
  if (phase.answer.send) {
    reply = *phase.answer.send;
  } else if (phase.error) {
    reply = ts_request(phase.version, {}, phase.error, phase.error_in_five_bytes);
  } else {
    Bytes token = ntlm_challenge(phase, identity_of(host_, phase), shared_.random());
    const bool spnego = phase.wrap == Wrap::Auto ? speaks_spnego(request) : phase.wrap == Wrap::Spnego;
    if (spnego || phase.kerberos_only) token = spnego_answer(token, phase.kerberos_only);
    reply = ts_request(phase.version, token, {}, false);
  }
  if (phase.answer.cut && *phase.answer.cut < reply.size()) reply.resize(*phase.answer.cut);
  constexpr std::size_t kMostRepeated = 1U << 20;
  const std::size_t once = reply.size();
  const std::size_t total = std::min(phase.answer.repeat, kMostRepeated);
  while (once != 0 && reply.size() < total) reply.push_back(reply[reply.size() % once]);
  Answer how = phase.answer;
  how.send.reset();
  how.cut.reset();
  how.repeat = 0;
  if (phase.error && how.then == Then::Continue) how.then = Then::CloseNotify;
  answer(how, encrypt(reply), State::Token, true);
}

void Connection::start_tls() {
  try {
    ssl_ = shared_.certificates.session(behaviour_->tls, host_.name, to_string(host_.address));
  } catch (const std::runtime_error&) {
    ++shared_.stats.handshake_failures;
    return abort();
  }
  SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
  SSL_set_accept_state(ssl_.get());
}

/// Moves the inbox through TLS into `plain_`; more than its cap is dropped.
void Connection::feed_tls() {
  if (!inbox_.empty()) {
    BIO_write(SSL_get_rbio(ssl_.get()), inbox_.data(), static_cast<int>(inbox_.size()));
    inbox_.clear();
  }
  ERR_clear_error();
  std::array<std::uint8_t, 4096> chunk;
  for (int size = 0; 0 < (size = SSL_read(ssl_.get(), chunk.data(), static_cast<int>(chunk.size())));) {
    const auto room = std::min(static_cast<std::size_t>(size), std::size_t{64 * 1024} - plain_.size());
    plain_.insert(plain_.end(), chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(room));
  }
}

Bytes Connection::take_tls_output() {
  BIO* out = SSL_get_wbio(ssl_.get());
  Bytes bytes(BIO_ctrl_pending(out));
  if (!bytes.empty()) BIO_read(out, bytes.data(), static_cast<int>(bytes.size()));
  return bytes;
}

/// OpenSSL sends alerts of its own finding only: a record that cannot be the client's makes it find one.
Bytes Connection::fatal_alert() {
  Bytes record{0x17, 0x03, 0x03, 0x00, 0x40};
  record.resize(record.size() + record.back());
  BIO_write(SSL_get_rbio(ssl_.get()), record.data(), static_cast<int>(record.size()));
  ERR_clear_error();
  std::uint8_t plain = 0;
  SSL_read(ssl_.get(), &plain, 1);
  return take_tls_output();
}

Bytes Connection::encrypt(const Bytes& plain) {
  const std::size_t piece = behaviour_->nla.split == 0 ? plain.size() : behaviour_->nla.split;
  for (std::size_t at = 0; at < plain.size(); at += piece)
    SSL_write(ssl_.get(), plain.data() + at, static_cast<int>(std::min(piece, plain.size() - at)));
  return take_tls_output();
}

}  // namespace rdpwatch::rdpsim
