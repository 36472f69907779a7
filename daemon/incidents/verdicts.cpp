#include "daemon/incidents/verdicts.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace rdpwatch::daemon::incidents {
namespace {

using State = Verdicts::State;

State judge(const TargetRecord& record, std::chrono::seconds round,
            std::chrono::system_clock::time_point now) {
  if (record.pause) return State::Paused;
  if (!record.last || record.last->time + Verdicts::kRoundsOfNews * round < now) return State::Pending;
  return record.last->failure && record.last->failure->row != nullptr ? State::Failing : State::Passing;
}

std::chrono::seconds round_of(const config::Module& module) {
  const auto climb = module.timeout * (module.retries + 1) + module.retry_delay * module.retries;
  const auto interval = std::max(module.interval, module.failing_interval.value_or(module.interval));
  return interval + std::chrono::ceil<std::chrono::seconds>(climb);
}

/// The leaf that the target showed in this report, or else in an earlier one.
const Certificate* certificate_of(const ProbeReport& report, const History& history) {
  if (report.tls && report.tls->certificate) return report.tls->certificate.get();
  const History::Past* const past = history.find(report.target);
  return past == nullptr ? nullptr : past->memory.certificate.get();
}

}  // namespace

std::size_t AttributeIndex::Hash::operator()(const Attribute& attribute) const {
  const std::hash<std::string> hash;
  return (hash(attribute.name) * 31 + hash(attribute.value)) * 31 + static_cast<std::size_t>(attribute.kind);
}

AttributeId AttributeIndex::add(const Attribute& attribute) {
  const auto [it, is_new] = ids_.try_emplace(attribute, kNoAttribute);
  if (is_new) {
    if (free_.empty()) {
      free_.push_back(static_cast<AttributeId>(entries_.size()));
      entries_.emplace_back();
    }
    it->second = free_.back();
    free_.pop_back();
    entries_[it->second].attribute = &it->first;
  }
  ++entries_[it->second].users;
  return it->second;
}

void AttributeIndex::remove(AttributeId id) {
  Entry& entry = entries_[id];
  if (--entry.users != 0) return;
  ids_.erase(ids_.find(*entry.attribute));
  entry.attribute = nullptr;
  free_.push_back(id);
}

std::optional<AttributeId> AttributeIndex::find(const Attribute& attribute) const {
  const auto it = ids_.find(attribute);
  return it == ids_.end() ? std::nullopt : std::optional{it->second};
}

bool Verdicts::take(const Known& known, std::size_t work) {
  if (generation_ != known.generation) align(known);
  for (std::size_t done = 0; next_ < members_.size(); ++next_) {
    if (work <= done) return false;
    Member& member = members_[next_];
    const TargetRecord& record = known.records[next_];
    const bool changed = member.target != record.target || member.last != record.last;
    done += changed ? kWorkOfChange : 1;
    if (member.target != record.target) set_target(member, record.target);
    if (member.last != record.last) set_report(member, record.last, known.history);
    member.state = judge(record, member.round, known.now);
    member.failure = member.state == State::Failing ? record.last->failure->row : nullptr;
  }
  next_ = 0;
  return true;
}

bool Verdicts::any_known() const {
  return std::ranges::any_of(members_, [](const Member& member) {
    return member.state == State::Passing || member.state == State::Failing;
  });
}

/// Makes members_ one for each record, in their order; those that stay keep what they have.
void Verdicts::align(const Known& known) {
  const auto id_of = [](const auto& one) -> const std::string& { return one.target->id; };
  std::erase_if(members_, [](const Member& member) { return member.target == nullptr; });
  std::vector<Member> next(known.records.size());
  auto old = members_.begin();
  for (std::size_t i = 0; i < next.size(); ++i) {
    for (; old != members_.end() && id_of(*old) < id_of(known.records[i]); ++old) drop(*old);
    if (old != members_.end() && id_of(*old) == id_of(known.records[i])) next[i] = std::move(*old++);
  }
  for (; old != members_.end(); ++old) drop(*old);
  members_ = std::move(next);
  generation_ = known.generation;
  next_ = 0;
}

void Verdicts::set_target(Member& member, const std::shared_ptr<const config::Target>& target) {
  const bool same = member.target && *member.target == *target;
  member.target = target;
  member.round = round_of(*target->module);
  if (same) return;
  if (auto subnet = subnet_of(target->host)) set(member.subnet, subnet);
  std::vector<AttributeId> ids;
  for (const Attribute& attribute : configured_attributes(*target)) ids.push_back(attributes_.add(attribute));
  for (const AttributeId id : std::exchange(member.configured, std::move(ids))) attributes_.remove(id);
}

void Verdicts::set_report(Member& member, const std::shared_ptr<const ProbeReport>& report,
                          const History& history) {
  const auto before = std::exchange(member.last, report);
  if (!report) return;
  const bool counts = !report->failure || member.subnet == kNoAttribute;
  if (counts && (!before || before->failure || before->address != report->address))
    if (auto subnet = subnet_of(report->address)) set(member.subnet, subnet);
  const Certificate* const now = certificate_of(*report, history);
  if (now == nullptr || (before && before->tls && before->tls->certificate.get() == now)) return;
  set(member.issuer, issuer_of(*now));
}

void Verdicts::set(AttributeId& slot, const std::optional<Attribute>& attribute) {
  const AttributeId id = attribute ? attributes_.add(*attribute) : kNoAttribute;
  if (const AttributeId old = std::exchange(slot, id); old != kNoAttribute) attributes_.remove(old);
}

void Verdicts::drop(Member& member) {
  member.each_attribute([this](AttributeId id) { attributes_.remove(id); });
}

}  // namespace rdpwatch::daemon::incidents
