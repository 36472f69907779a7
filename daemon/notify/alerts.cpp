#include "daemon/notify/alerts.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace rdpwatch::daemon::notify {
namespace {

TimePoint end_of(const ProbeReport& report) {
  const auto end =
      report.time + std::chrono::duration_cast<std::chrono::system_clock::duration>(report.duration);
  return std::chrono::floor<std::chrono::milliseconds>(end);
}

std::chrono::seconds time_of(const std::map<std::string, std::chrono::seconds, std::less<>>& times,
                             std::string_view name, std::chrono::seconds usual) {
  const auto own = times.find(name);
  return own == times.end() ? usual : own->second;
}

}  // namespace

std::chrono::seconds AlertBook::hold_of(AlertKind kind) const {
  const auto& rule = config::rule_of(kind);
  return time_of(times_.hold, rule.name, rule.hold);
}

std::chrono::seconds AlertBook::keep_of(AlertKind kind) const {
  const auto& rule = config::rule_of(kind);
  return time_of(times_.keep_firing, rule.name, rule.keep_firing);
}

AlertBook::Subject* AlertBook::find(std::string_view id) {
  const auto id_of = [](const Subject& subject) -> std::string_view { return subject.target->id; };
  const auto it = std::ranges::lower_bound(subjects_, id, {}, id_of);
  return it != subjects_.end() && it->target->id == id ? &*it : nullptr;
}

void AlertBook::configure(const config::Config& config, TimePoint now) {
  times_ = config.alerts;
  const Origin origin{config.external_url, config.vantage};
  std::vector<Subject> next;
  next.reserve(config.targets.size());
  auto old = subjects_.begin();
  for (const auto& target : config.targets) {
    for (; old != subjects_.end() && old->target->id < target->id; ++old) end_all(old->active, now);
    Subject subject{.target = target};
    if (old != subjects_.end() && old->target->id == target->id) keep(subject, *old++, origin, now);
    next.push_back(std::move(subject));
  }
  for (; old != subjects_.end(); ++old) end_all(old->active, now);
  subjects_ = std::move(next);
  origin_ = origin;
  group(now);
}

void AlertBook::keep(Subject& subject, Subject& old, const Origin& origin, TimePoint now) {
  subject.paused = old.paused;
  subject.known = old.known;
  subject.failure = old.failure;
  subject.active = std::move(old.active);
  for (ActiveAlert& active : subject.active)
    relabel(active, host_labels(active.kind, origin, *subject.target), now);
}

/// Sorts the subjects into sites; sites that stay keep their alerts.
void AlertBook::group(TimePoint now) {
  std::map<std::string_view, Site> sites;
  for (std::size_t i = 0; i < subjects_.size(); ++i) {
    const Subject& subject = subjects_[i];
    Site& site = sites[site_of(*subject.target)];
    site.members.push_back(i);
    site.hosts += subject.paused ? 0 : 1;
    site.known += subject.known ? 1 : 0;
    site.failing += subject.failure != nullptr ? 1 : 0;
  }
  for (Site& old : sites_) {
    const auto stays = sites.find(old.name);
    if (stays == sites.end()) end_all(old.active, now);
    else stays->second.active = std::move(old.active);
  }
  sites_.clear();
  for (auto& [name, site] : sites) {
    site.name = name;
    for (const std::size_t member : site.members) subjects_[member].site = sites_.size();
    for (ActiveAlert& active : site.active) relabel(active, group_labels(active.kind, origin_, name), now);
    sites_.push_back(std::move(site));
  }
  for (Actives* list : {&fleet_, &vantage_})
    for (ActiveAlert& active : *list) relabel(active, group_labels(active.kind, origin_, {}), now);
}

void AlertBook::observe(const TargetRecord& record, TimePoint now) {
  Subject* subject = find(record.target->id);
  if (subject == nullptr || record.last == nullptr) return;
  set_paused(*subject, record.pause != nullptr, now);
  if (subject->paused) return;
  const ProbeReport& report = *record.last;
  if (suspect_ && report.failure) return;
  count(*subject, report);
  for (const AlertKind kind : kHostAlerts) {
    const auto reasons = reasons_for(kind, report);
    if (suspect_ && !reasons.empty()) continue;
    std::optional<AlertText> text;
    if (!reasons.empty()) text = host_text(kind, origin_, *subject->target, report, reasons);
    settle(subject->active, kind, std::move(text), end_of(report), now);
  }
}

void AlertBook::set_vantage(const std::string& disturbed, TimePoint now) {
  std::optional<AlertText> text;
  if (!disturbed.empty()) text = vantage_text(origin_, disturbed);
  const bool begins = text && !suspect_;
  suspect_ = text.has_value();
  if (begins) forget_unfired();
  settle(vantage_, AlertKind::VantageUnhealthy, std::move(text), now, now);
}

/// What was found shortly before, too: the disturbance was there before it was seen.
void AlertBook::forget_unfired() {
  const auto forget = [](Actives& list) {
    std::erase_if(list, [](const ActiveAlert& each) { return !each.firing; });
  };
  for (Subject& subject : subjects_) {
    forget(subject.active);
    subject.known = false;
    subject.failure = nullptr;
  }
  for (Site& site : sites_) {
    forget(site.active);
    site.known = site.failing = 0;
  }
  forget(fleet_);
}

void AlertBook::set_paused(Subject& subject, bool paused, TimePoint now) {
  if (subject.paused == paused) return;
  Site& site = sites_[subject.site];
  site.changed = true;
  subject.paused = paused;
  if (!paused) {
    ++site.hosts;
    return;
  }
  --site.hosts;
  site.known -= subject.known ? 1 : 0;
  site.failing -= subject.failure != nullptr ? 1 : 0;
  subject.known = false;
  subject.failure = nullptr;
  end_all(subject.active, now);
}

void AlertBook::count(Subject& subject, const ProbeReport& report) {
  const Row* failure = report.failure ? report.failure->row : nullptr;
  Site& site = sites_[subject.site];
  site.changed = site.changed || !subject.known || subject.failure != failure;
  site.known += subject.known ? 0 : 1;
  if (failure != nullptr && subject.failure == nullptr) ++site.failing;
  if (failure == nullptr && subject.failure != nullptr) --site.failing;
  subject.known = true;
  subject.failure = failure;
}

void AlertBook::settle(Actives& active, AlertKind kind, std::optional<AlertText> text, TimePoint when,
                       TimePoint now) {
  const auto it = std::ranges::find(active, kind, &ActiveAlert::kind);
  if (!text) {
    if (it == active.end()) return;
    if (it->firing && it->confirmed) {
      if (!it->over_since) it->over_since = when;
      return;
    }
    if (it->firing) end(*it, when, now);
    active.erase(it);
    return;
  }
  if (it == active.end()) {
    active.push_back(
        {.kind = kind, .alert = {std::make_shared<const AlertText>(std::move(*text)), when, {}}});
    return;
  }
  it->over_since.reset();
  bool news = !std::exchange(it->confirmed, true);
  if (*it->alert.text != *text) {
    it->alert.text = std::make_shared<const AlertText>(std::move(*text));
    news = true;
  }
  if (it->firing && news) tell(*it);
}

void AlertBook::advance(const Records& records, TimePoint now, bool all_delivered) {
  // Both are sorted, and the same between two loads of the configuration.
  if (records.size() == subjects_.size())
    for (std::size_t i = 0; i < records.size(); ++i)
      if (records[i].target == subjects_[i].target)
        set_paused(subjects_[i], records[i].pause != nullptr, now);
  judge_groups(now);
  advance(now);
  forget(now, all_delivered);
}

void AlertBook::advance(TimePoint now) {
  for (Subject& subject : subjects_) advance(subject.active, now);
  for (Site& site : sites_) advance(site.active, now);
  advance(fleet_, now);
  advance(vantage_, now);
}

void AlertBook::advance(Actives& active, TimePoint now) {
  if (active.empty()) return;
  for (ActiveAlert& each : active) {
    set_back(each, now);
    if (!each.firing && each.confirmed && each.alert.starts_at + hold_of(each.kind) <= now) {
      each.firing = true;
      tell(each);
    }
  }
  std::erase_if(active, [&](const ActiveAlert& each) {
    const bool over = each.firing && each.over_since && *each.over_since + keep_of(each.kind) <= now;
    if (over) end(each, *each.over_since, now);
    return over;
  });
}

/// The clock was set back: what began or was over in the future did so now.
void AlertBook::set_back(ActiveAlert& active, TimePoint now) {
  if (active.over_since) active.over_since = std::min(*active.over_since, now);
  if (active.alert.starts_at <= now) return;
  active.alert.starts_at = now;
  if (active.firing && active.confirmed) tell(active);
}

void AlertBook::forget(TimePoint now, bool all_delivered) {
  for (auto& [labels, each] : ended_) {
    each.told = std::min(each.told, now);
    if (*each.alert.ended <= now) continue;
    each.alert.ended = now;
    each.alert.starts_at = std::min(each.alert.starts_at, now);
    changes_.push_back(each.alert);
  }
  std::erase_if(ended_, [&](const auto& entry) {
    const EndedAlert& each = entry.second;
    return (all_delivered && each.told + times_.resolved_for <= now) || *each.alert.ended + kEndsKept <= now;
  });
}

/// The conditions of deploy/prometheus/rules/site.yml; a site of which most hosts are not known yet is left
/// as it is.
void AlertBook::judge_groups(TimePoint now) {
  std::vector<const Site*> all;
  std::size_t known = 0;
  std::size_t failing = 0;
  std::size_t failing_sites = 0;
  std::size_t hosts = 0;
  bool changed = false;
  for (Site& site : sites_) {
    all.push_back(&site);
    known += site.known;
    failing += site.failing;
    failing_sites += 0 < site.failing ? 1 : 0;
    hosts += site.hosts;
    if (!std::exchange(site.changed, false)) continue;
    changed = true;
    if (site.known * 2 < site.hosts) continue;
    std::optional<AlertText> text;
    if (3 <= site.failing && site.known < site.failing * 2)
      text = group_text(AlertKind::SiteDown, origin_, site.name, outage_of({&site}));
    settle(site.active, AlertKind::SiteDown, std::move(text), now, now);
  }
  if (!changed || known * 2 < hosts) return;
  std::optional<AlertText> text;
  if (5 <= failing && 2 <= failing_sites && hosts < failing * 2)
    text = group_text(AlertKind::FleetDown, origin_, {}, outage_of(all));
  settle(fleet_, AlertKind::FleetDown, std::move(text), now, now);
}

Outage AlertBook::outage_of(const std::vector<const Site*>& sites) const {
  Outage outage;
  std::map<const Row*, std::size_t> reasons;
  for (const Site* site : sites) {
    outage.hosts += site->hosts;
    outage.failing += site->failing;
    for (const std::size_t member : site->members)
      if (const Row* row = subjects_[member].failure) ++reasons[row];
  }
  for (const auto& [row, count] : reasons)
    if (outage.for_that < count) std::tie(outage.reason, outage.for_that) = std::pair{row, count};
  return outage;
}

void AlertBook::tell(const ActiveAlert& active) {
  ended_.erase(active.alert.text->labels);
  changes_.push_back(active.alert);
}

/// The caller takes it off its list.
void AlertBook::end(const ActiveAlert& active, TimePoint when, TimePoint now) {
  Alert alert = active.alert;
  alert.ended = std::max(when, alert.starts_at);
  changes_.push_back(alert);
  if (ended_.size() < kMostEndsKept)
    ended_.insert_or_assign(alert.text->labels, EndedAlert{active.kind, alert, now});
}

/// What fires ends now.
void AlertBook::end_all(Actives& active, TimePoint now) {
  for (const ActiveAlert& each : active)
    if (each.firing) end(each, now, now);
  active.clear();
}

/// Another label is another alert: the old one ends, the new one goes on from the same time.
void AlertBook::relabel(ActiveAlert& active, std::string labels, TimePoint now) {
  const AlertText& text = *active.alert.text;
  if (text.labels == labels) return;
  const bool told = active.firing && active.confirmed;
  if (told) end(active, now, now);
  active.alert.text =
      std::make_shared<const AlertText>(AlertText{std::move(labels), text.annotations, text.generator_url});
  if (told) tell(active);
}

std::vector<Alert> AlertBook::take_changes() { return std::exchange(changes_, {}); }

template <class Visit>
void AlertBook::each_list(Visit visit) const {
  for (const Subject& subject : subjects_) visit(subject.active);
  for (const Site& site : sites_) visit(site.active);
  visit(fleet_);
  visit(vantage_);
}

std::vector<Alert> AlertBook::firing() const {
  std::vector<Alert> alerts;
  each_list([&](const Actives& list) {
    for (const ActiveAlert& each : list)
      if (each.firing && each.confirmed) alerts.push_back(each.alert);
  });
  return alerts;
}

std::vector<Alert> AlertBook::all() const {
  auto alerts = firing();
  for (const auto& [labels, each] : ended_) alerts.push_back(each.alert);
  return alerts;
}

AlertBook::Counts AlertBook::counts() const {
  Counts counts;
  each_list([&](const Actives& list) {
    for (const ActiveAlert& each : list) {
      const auto severity = static_cast<std::size_t>(config::rule_of(each.kind).severity);
      ++(each.firing ? counts.firing : counts.pending)[severity];
    }
  });
  return counts;
}

}  // namespace rdpwatch::daemon::notify
