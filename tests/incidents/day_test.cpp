#include <array>
#include <random>

#include <doctest/doctest.h>

#include "daemon/incidents/book.h"
#include "tests/incidents/fleet.h"

using namespace std::chrono_literals;
using namespace rdpwatch;
using namespace rdpwatch::daemon::incidents;
using rdpwatch::test::Fleet;

namespace {

struct Fault {
  Phase phase;
  Cause cause;
};
constexpr std::array kFaults{
    Fault{Phase::Connect, Cause::Timeout},          Fault{Phase::Connect, Cause::Timeout},
    Fault{Phase::Connect, Cause::Timeout},          Fault{Phase::Connect, Cause::HostUnreachable},
    Fault{Phase::Connect, Cause::Refused},          Fault{Phase::Negotiate, Cause::Timeout},
    Fault{Phase::Resolve, Cause::DnsServerFailure}, Fault{Phase::Nla, Cause::Closed}};

/// 600 hosts in sites, subnets and pools, each probed once a minute. A host fails by itself 20 times a day or
/// so, for some minutes, by one cause: at any time one in ten does, and most by a cause of the network.
class Day {
 public:
  Day(std::uint32_t seed, std::size_t hosts_of_a_site) : random_{seed}, hosts_of_a_site_{hosts_of_a_site} {
    for (std::size_t site = 0; site < 600 / hosts_of_a_site; ++site) {
      const std::string number = std::to_string(site);
      fleet_.add(hosts_of_a_site,
                 {.labels = {{"pool", "p" + std::to_string(site % 6)}, {"site", "s" + number}},
                  .network = "10.1." + number + "."});
    }
    broken_until_.resize(fleet_.records.size());
    faults_.resize(fleet_.records.size());
    fleet_.probing = false;  // we do
  }

  /// Ten seconds: a sixth of the hosts is probed. What opened or closed.
  std::vector<Book::Change> step() {
    now_ += 10s;
    fleet_.now = now_;
    for (auto i = static_cast<std::size_t>(now_.time_since_epoch() / 10s % 6); i < broken_until_.size();
         i += 6)
      probe(i);
    fleet_.look();
    return test::advance(book_, fleet_, now_);
  }

  std::uint64_t failures() const { return failures_; }
  /// Sites from then on, and until when.
  void break_site(std::size_t site, std::chrono::minutes duration) {
    broken_site_ = site;
    site_until_ = now_ + duration;
  }

 private:
  void probe(std::size_t i) {
    constexpr double kPerProbe = 20.0 / (24 * 60);
    if (broken_until_[i] <= now_ && std::bernoulli_distribution{kPerProbe}(random_)) {
      broken_until_[i] = now_ + std::chrono::seconds{std::uniform_int_distribution{30, 900}(random_)};
      faults_[i] = std::uniform_int_distribution<std::size_t>{0, kFaults.size() - 1}(random_);
    }
    if (i / hosts_of_a_site_ == broken_site_ && now_ < site_until_) return fleet_.time_out({i, 1});
    if (broken_until_[i] <= now_) return fleet_.pass({i, 1});
    ++failures_;
    fleet_.fail({i, 1}, kFaults[faults_[i]].phase, kFaults[faults_[i]].cause);
  }

  std::mt19937 random_;
  std::size_t hosts_of_a_site_;
  Fleet fleet_{};
  std::vector<TimePoint> broken_until_{};
  std::vector<std::size_t> faults_{};  ///< places in kFaults
  std::size_t broken_site_ = 0;
  TimePoint site_until_{};
  std::uint64_t failures_ = 0;
  TimePoint now_{1'795'000'000s};
  Book book_{};
};

}  // namespace

TEST_CASE("day: a day of single failures at random has no incident") {
  Day day{20'261'125, 3};
  std::size_t changes = 0;
  for (auto time = 0s; time < 24h; time += 10s) changes += day.step().size();
  MESSAGE(day.failures() << " probes failed");
  CHECK(50'000 < day.failures());
  CHECK(changes == 0);
}

TEST_CASE("day: among single failures, a site that is cut off for ten minutes is the only incident") {
  Day day{7, 10};
  std::vector<Book::Change> changes;
  for (auto time = 0s; time < 3h; time += 10s) {
    if (time == 1h) day.break_site(17, 10min);
    std::ranges::move(day.step(), std::back_inserter(changes));
  }
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].opened);
  CHECK(changes[0].incident.attribute == Attribute{AttributeKind::Label, "site", "s17"});
  CHECK_FALSE(changes[1].opened);
}
