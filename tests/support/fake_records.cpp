#include "tests/support/fake_records.h"

#include <array>
#include <cstdio>
#include <string>

namespace rdpwatch::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

std::string numbered(const char* format, std::size_t number) {
  std::array<char, 80> text{};
  const int size = std::snprintf(text.data(), text.size(), format, static_cast<unsigned>(number));
  return {text.data(), static_cast<std::size_t>(size)};
}

std::string hex_digest(std::size_t seed) {
  std::string digest;
  for (std::size_t i = 0; digest.size() < 64; ++i) digest += numbered("%08x", (seed + i) * 2654435761U);
  return digest;
}

std::shared_ptr<const Certificate> make_certificate(const config::Target& target, std::size_t seed) {
  auto certificate = std::make_shared<Certificate>();
  certificate->fingerprint_sha256 = hex_digest(seed);
  certificate->spki_sha256 = hex_digest(seed + 1);
  certificate->subject = "CN=" + target.host;
  certificate->issuer = "CN=" + target.host;
  certificate->serial = numbered("%016x", seed + 4096);
  certificate->not_before = std::chrono::sys_seconds{std::chrono::seconds{1'780'000'000}};
  certificate->not_after = std::chrono::sys_seconds{std::chrono::seconds{1'830'000'000}};
  certificate->self_signed = true;
  certificate->key = "RSA 2048";
  certificate->signature = "sha256WithRSAEncryption";
  certificate->names = {target.host};
  return certificate;
}

void add_evidence(ProbeReport& report, const config::Target& target, std::size_t seed, Phase phase) {
  switch (phase) {
    case Phase::Resolve:
      report.address = "10." + std::to_string(seed / 65536 % 256) + "." + std::to_string(seed / 256 % 256) +
                       "." + std::to_string(seed % 256);
      report.resolve = ResolveEvidence{.addresses = {report.address}};
      return;
    case Phase::Connect:
      report.connect = ConnectEvidence{.rtt = std::chrono::microseconds{300 + seed % 500}};
      return;
    case Phase::Negotiate:
      report.negotiation = NegotiationEvidence{
          .negotiation_data = true, .selected_protocol = 8, .flags = 0x1f, .nla_required = true};
      return;
    case Phase::Tls:
      report.tls = TlsEvidence{"TLS 1.3", "TLS_AES_256_GCM_SHA384", make_certificate(target, seed), true};
      return;
    case Phase::Nla:
      report.nla = NlaEvidence{6,
                               numbered("RDS%06u", seed),
                               "CORP",
                               target.host,
                               "corp.example",
                               "corp.example",
                               "10.0.20348",
                               "Windows Server 2022",
                               nanoseconds{static_cast<std::int64_t>(seed % 1000) * 1'000'000 - 500'000'000}};
      return;
    case Phase::Auth:
    case Phase::Mcs:
    case Phase::License:
    case Phase::Session: return;
  }
}

std::shared_ptr<ProbeReport> make_report(const config::Target& target) {
  auto report = std::make_shared<ProbeReport>();
  report->target = target.id;
  report->host = target.host;
  report->port = target.port;
  report->module = target.module->name;
  report->time = std::chrono::system_clock::time_point{std::chrono::milliseconds{1'795'000'000'123}};
  return report;
}

void climb(ProbeReport& report, const config::Target& target, std::size_t seed, Phase phase,
           Outcome outcome) {
  const nanoseconds duration{static_cast<std::int64_t>(100'000 * ordinal(phase) + seed * 7919 % 9'000'000)};
  report.phases.push_back({phase, outcome, duration});
  report.duration += duration;
  report.phase = phase;
  if (outcome != Outcome::Ok) return;
  report.phase_reached = static_cast<std::uint8_t>(ordinal(phase));
  add_evidence(report, target, seed, phase);
}

}  // namespace

std::shared_ptr<config::Config> fake_config(std::size_t count) {
  auto config = std::make_shared<config::Config>();
  const auto module = std::make_shared<const config::Module>();
  config->modules.emplace("default", module);
  config->sha256 = hex_digest(count);
  config->external_url = "http://127.0.0.1:19389";
  for (std::size_t i = 0; i < count; ++i) {
    auto target = std::make_shared<config::Target>();
    target->host = numbered("rds%06u.corp.example", i);
    target->id = target->endpoint();
    target->module = module;
    target->labels = {{"pool", "finance"}, {"site", numbered("site-%02u", i % 37)}};
    config->targets.push_back(std::move(target));
  }
  return config;
}

std::shared_ptr<ProbeReport> healthy_report(const config::Target& target, std::size_t seed) {
  auto report = make_report(target);
  for (const Phase phase : kPhases)
    if (phase <= Phase::Nla) climb(*report, target, seed, phase, Outcome::Ok);
  report->baseline =
      BaselineEvidence{.round_trip = Comparison{report->connect->rtt, 700us, 40us},
                       .climb = Comparison{5ms, 4ms, 1ms},
                       .repeats = {.probes = 20, .resent = 1, .syn = 0, .data = 1, .retry = 0}};
  return report;
}

std::shared_ptr<ProbeReport> failed_report(const config::Target& target, std::size_t seed, Phase phase,
                                           Cause cause) {
  auto report = make_report(target);
  for (const Phase passed : kPhases)
    if (passed < phase) climb(*report, target, seed, passed, Outcome::Ok);
  climb(*report, target, seed, phase, Outcome::Failed);
  report->verdict = Verdict::Failed;
  report->failure = Failure{&classify(phase, cause), phase, std::nullopt, "made up for a test"};
  return report;
}

daemon::PathLook failed_look() {
  daemon::PathLook look{.time = std::chrono::sys_days{std::chrono::year{2026} / 11 / 25},
                        .address = "10.77.3.2",
                        .method = path::Method::Syn,
                        .row = find_reason("tcp_timeout")};
  look.seen.trace.hops = {{1, "10.77.1.1", std::chrono::microseconds{300}},
                          {2, "10.77.2.2", std::chrono::microseconds{900}},
                          {3, "", {}}};
  look.seen.trace.end = path::End::Silent;
  look.seen.trace.at = 2;
  look.seen.trace.echo_beyond = path::Answer{.kind = path::Answer::Kind::Silence};
  look.seen.trace.syns = 4;
  look.seen.ping.sent = path::kSilentPings;
  return look;
}

daemon::PathLook healthy_look() {
  auto look = failed_look();
  look.time -= std::chrono::hours{20};
  look.method = path::Method::Echo;
  look.row = nullptr;
  look.seen.trace = {};
  look.seen.trace.hops = {{1, "10.77.1.1", std::chrono::microseconds{300}},
                          {2, "10.77.2.9", std::chrono::microseconds{800}}};
  look.seen.trace.end = path::End::Echoed;
  look.seen.trace.host_hop = 3;
  look.seen.ping = {.sent = 5, .received = 5, .mean = std::chrono::microseconds{1200}};
  return look;
}

void probe_all(daemon::Store& store, const config::Config& config, std::size_t failing_every) {
  std::size_t seed = 0;
  for (const auto& target : config.targets) {
    ++seed;
    if (failing_every != 0 && seed % failing_every == 0)
      store.record(failed_report(*target, seed, Phase::Connect, Cause::Timeout));
    else store.record(healthy_report(*target, seed));
  }
}

}  // namespace rdpwatch::test
