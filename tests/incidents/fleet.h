#pragma once

#include <algorithm>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <doctest/doctest.h>

#include "daemon/incidents/book.h"
#include "tests/support/fake_records.h"

namespace rdpwatch::test {

/// A made-up fleet whose hosts pass until told otherwise.
class Fleet {
 public:
  using Labels = std::vector<std::pair<std::string, std::string>>;
  struct Hosts {
    std::size_t first = 0;
    std::size_t count = 0;
  };
  struct Traits {
    Labels labels{};                     ///< sorted by name
    std::string network = "10.0.0.";     ///< addresses are this and a number
    std::string issuer{};                ///< empty: each its own
    bool self_signed = false;            ///< though `issuer` is the same text
    std::vector<std::string> servers{};  ///< name servers
    std::chrono::seconds interval{30};
  };

  Hosts add(std::size_t count, const Traits& traits) {
    auto module = std::make_shared<config::Module>();
    module->interval = traits.interval;
    module->resolver.servers = traits.servers;
    const std::size_t first = records.size();
    for (std::size_t i = 0; i < count; ++i) {
      auto target = std::make_shared<config::Target>();
      const std::string number = std::to_string(100'000 + records.size());
      target->host = "h" + number + ".example";
      target->id = target->endpoint();
      target->module = module;
      target->labels = traits.labels;
      daemon::TargetRecord record;
      record.target = std::move(target);
      records.push_back(std::move(record));
      ++generation;
      addresses_.push_back(traits.network + std::to_string(i % 250 + 1));
      issuers_.push_back(traits.issuer);
      self_signed_.push_back(traits.self_signed);
      pass({records.size() - 1, 1});
    }
    return {first, count};
  }
  Hosts site(const std::string& name, std::size_t count, const std::string& network) {
    return add(count, {.labels = {{"site", name}}, .network = network});
  }

  void pass(Hosts hosts) {
    each(hosts, [this](std::size_t i) { finish(i, healthy_report(*records[i].target, i)); });
  }
  void fail(Hosts hosts, Phase phase, Cause cause) {
    each(hosts, [&](std::size_t i) { finish(i, failed_report(*records[i].target, i, phase, cause)); });
  }
  void time_out(Hosts hosts) { fail(hosts, Phase::Connect, Cause::Timeout); }
  void pause(Hosts hosts, bool paused = true) {
    each(hosts, [&](std::size_t i) {
      records[i].pause = paused ? std::make_shared<const daemon::Pause>() : nullptr;
    });
  }
  void forget(Hosts hosts) {
    each(hosts, [this](std::size_t i) { records[i].last = nullptr; });
  }

  /// As a line: "network_blockade/network: site fra 10/10".
  std::string text_of(const daemon::incidents::Group& group) const {
    const auto& [kind, name, value] = verdicts.attributes().at(group.attribute);
    return std::string{to_string(group.cause.scenario)} + "/" + std::string{group.cause.family} + ": " +
           name + " " + value + " " + std::to_string(group.failing.size()) + "/" +
           std::to_string(group.members);
  }
  /// Hosts are probed again and again, unless the daemon is down.
  void look() {
    if (probing) probe_again();
    CHECK(verdicts.take(known(), std::numeric_limits<std::size_t>::max()));
  }
  daemon::incidents::Verdicts::Known known() const { return {records, generation, history, now}; }
  /// One line each, sorted.
  std::string incidents(const daemon::incidents::Thresholds& limits = {}) {
    look();
    std::vector<std::string> lines;
    for (const auto& group : find_groups(verdicts, limits, {})) lines.push_back(text_of(group));
    std::ranges::sort(lines);
    std::string text;
    for (const auto& line : lines) text += line + "\n";
    return text;
  }

  daemon::incidents::TimePoint now{std::chrono::seconds{1'795'000'000}};
  bool probing = true;
  daemon::Records records{};
  std::uint64_t generation = 0;  ///< grows with every other list of targets
  daemon::History history{};
  daemon::incidents::Verdicts verdicts{};

 private:
  template <class Work>
  static void each(Hosts hosts, Work work) {
    for (std::size_t i = hosts.first; i < hosts.first + hosts.count; ++i) work(i);
  }
  void finish(std::size_t i, std::shared_ptr<ProbeReport> report) {
    if (!report->address.empty()) report->address = addresses_[i];
    if (report->tls && report->tls->certificate && !issuers_[i].empty()) {
      auto leaf = std::make_shared<Certificate>(*report->tls->certificate);
      leaf->issuer = issuers_[i];
      leaf->self_signed = self_signed_[i];
      report->tls->certificate = std::move(leaf);
    }
    report->time = now;
    records[i].last = std::move(report);
  }
  void probe_again() {
    for (auto& record : records) {
      if (record.last == nullptr || now < record.last->time + record.target->module->interval) continue;
      auto report = std::make_shared<ProbeReport>(*record.last);
      report->time = now;
      record.last = std::move(report);
    }
  }

  std::vector<std::string> addresses_{};
  std::vector<std::string> issuers_{};
  std::vector<bool> self_signed_{};
};

/// The first `count` of `hosts`, and the others.
inline Fleet::Hosts first(Fleet::Hosts hosts, std::size_t count) { return {hosts.first, count}; }
inline Fleet::Hosts rest(Fleet::Hosts hosts, std::size_t count) {
  return {hosts.first + count, hosts.count - count};
}

/// A look by the book: finds, and goes by it.
inline std::vector<daemon::incidents::Book::Change> advance(daemon::incidents::Book& book, const Fleet& fleet,
                                                            daemon::incidents::TimePoint now) {
  return book.advance(book.find(fleet.verdicts)(), fleet.verdicts, now);
}

}  // namespace rdpwatch::test
