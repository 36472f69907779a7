#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "config/config.h"
#include "daemon/history.h"
#include "daemon/incidents/attribute.h"
#include "daemon/store.h"

namespace rdpwatch::daemon::incidents {

/// An attribute that some target has, as a small number. Numbers of attributes that are gone are used again.
using AttributeId = std::uint32_t;
inline constexpr AttributeId kNoAttribute = ~AttributeId{0};

/// Every attribute once, counted by who has it.
class AttributeIndex {
 public:
  AttributeIndex() = default;
  AttributeIndex(const AttributeIndex&) =
      delete;  // entries point into ids_, which stays where it is in a move
  AttributeIndex& operator=(const AttributeIndex&) = delete;
  AttributeIndex(AttributeIndex&&) = default;
  AttributeIndex& operator=(AttributeIndex&&) = default;

  /// One more target has it.
  AttributeId add(const Attribute& attribute);
  /// One less.
  void remove(AttributeId id);
  std::optional<AttributeId> find(const Attribute& attribute) const;
  const Attribute& at(AttributeId id) const { return *entries_[id].attribute; }
  /// All numbers are below this one.
  std::size_t size() const { return entries_.size(); }

 private:
  struct Hash {
    std::size_t operator()(const Attribute& attribute) const;
  };
  struct Entry {
    const Attribute* attribute = nullptr;  ///< key of `ids_`; nullptr: the number is free
    std::size_t users = 0;
  };
  std::unordered_map<Attribute, AttributeId, Hash> ids_{};
  std::vector<Entry> entries_{};
  std::vector<AttributeId> free_{};
};

/// The table of current verdicts, with what targets have in common: what the grouping looks at. The
/// issuer of a target that does not show it any more is the one it showed last; the network of one that fails
/// is the one where it passed last, since a host with several addresses may fail by another one.
class Verdicts {
 public:
  /// Pending: not probed yet, or so long ago that it says nothing of now.
  enum class State : std::uint8_t { Paused, Pending, Passing, Failing };

  struct Member {
    std::shared_ptr<const config::Target> target{};
    std::shared_ptr<const ProbeReport> last{};
    State state = State::Pending;
    const Row* failure = nullptr;  ///< set if and only if Failing
    AttributeId subnet = kNoAttribute;
    AttributeId issuer = kNoAttribute;
    std::vector<AttributeId> configured{};
    std::chrono::seconds round{};  ///< from one report to the next at most: the interval and a climb

    /// Calls `visit` with each attribute.
    template <class Visit>
    void each_attribute(Visit visit) const {
      if (subnet != kNoAttribute) visit(subnet);
      if (issuer != kNoAttribute) visit(issuer);
      for (const AttributeId id : configured) visit(id);
    }
  };

  /// What there is to take over.
  struct Known {
    const Records& records;    ///< sorted by id
    std::uint64_t generation;  ///< another one: other targets than before
    const History& history;    ///< knows certificates of earlier probes
    std::chrono::system_clock::time_point now;
  };
  static constexpr std::size_t kWork = 20'000;      ///< about a millisecond
  static constexpr int kRoundsOfNews = 3;           ///< an older report is none
  static constexpr std::size_t kWorkOfChange = 40;  ///< a record that has not changed is 1

  /// Takes over what has changed. False when there is more than `work` of it: then the next call goes on from
  /// there, and until all is done the members are not to be looked at.
  bool take(const Known& known, std::size_t work = kWork);

  const std::vector<Member>& members() const { return members_; }
  /// Whether some target passes or fails.
  bool any_known() const;
  const AttributeIndex& attributes() const { return attributes_; }

 private:
  void align(const Known& known);
  void set_target(Member& member, const std::shared_ptr<const config::Target>& target);
  void set_report(Member& member, const std::shared_ptr<const ProbeReport>& report, const History& history);
  void set(AttributeId& slot, const std::optional<Attribute>& attribute);
  void drop(Member& member);

  AttributeIndex attributes_{};
  std::vector<Member> members_{};              ///< as the records of `generation_`
  std::optional<std::uint64_t> generation_{};  ///< empty: nothing was taken yet
  std::size_t next_ = 0;                       ///< members before it are taken in this look; 0: all were
};

}  // namespace rdpwatch::daemon::incidents
