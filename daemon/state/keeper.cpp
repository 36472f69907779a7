#include "daemon/state/keeper.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <utility>

#include <asio/co_spawn.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/chrono.h>

#include "daemon/exception_text.h"
#include "daemon/state/snapshot.h"
#include "daemon/state/values.h"

namespace rdpwatch::daemon::state {
namespace {

using Saved = std::expected<void, std::string>;
using MakeJson = std::function<nlohmann::json()>;
using NamedParts = std::vector<std::pair<std::string, MakeJson>>;

constexpr std::size_t kBufferBytes = 256 * 1024;

/// When nothing is known of the time before the start, all of any budget's window is in doubt.
constexpr std::chrono::hours kLongAgo{24};

/// Writes `text`, a whole state, anew as that of a program that runs: if this one is killed before it saves
/// for the first time, the next one must not believe that nothing has happened since the stop.
Saved mark_running(StateFile& file, std::string_view text, Header header) {
  header.stopped = false;
  const auto first_end = text.find('\n') + 1;
  const auto last_begin = text.rfind('\n', text.size() - 2) + 1;
  const auto head = header_line(header);
  const auto body = text.substr(first_end, last_begin - first_end);
  Tally tally;
  tally.add(head);
  tally.add(body);
  auto done = file.begin();
  if (done) done = file.write(head);
  if (done) done = file.write(body);
  if (done) done = file.write(tally.last_line());
  return done ? file.commit() : done;
}

/// Those that only ever grow. What is on disk is older than what was shown last, and a counter that falls a
/// little looks to Prometheus like one that began at 0 and counted all of that anew.
void count_anew(TargetRecord& record) {
  record.runs = record.failures = record.state_changes = record.dns_changes = 0;
}

std::string file_time(std::chrono::system_clock::time_point time) {
  return fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

}  // namespace

/// What the thread works on; the main loop does not look inside while a step is under way.
struct Keeper::Work {
  Work(const std::filesystem::path& folder, FileCalls calls, const Budget& connections)
      : file{folder, std::move(calls)}, budget{connections} {}

  StateFile file;
  const Budget& budget;
  std::atomic<bool> busy{false};
  Tally tally{};
  std::string text{};
  Saved outcome{};
  Clocks now{};

  void put(std::string_view line) {
    text += line;
    if (kBufferBytes <= text.size()) flush();
  }
  void flush() {
    tally.add(text);
    if (outcome) outcome = file.write(text);
    text.clear();
  }
  void begin(Header header) {
    now = Clocks::now();
    header.saved = now.wall;  // before anything is looked at
    tally = {};
    text.clear();
    outcome = file.begin();
    put(header_line(header));
    if (!outcome) return;
    for (const auto& endpoint : budget.remembered()) put(endpoint_line(endpoint, now));
  }
  void write(const std::vector<TargetState>& batch) {
    if (!outcome) return;
    for (const TargetState& target : batch) put(line_of(to_json(target, now)));
  }
  void finish(const NamedParts& sections) {
    for (const auto& [name, make] : sections) put(line_of({{"section", name}, {"state", make()}}));
    flush();
    if (outcome) outcome = file.write(tally.last_line());
    if (outcome) outcome = file.commit();
    text.shrink_to_fit();
  }

  /// Runs a step on the thread; an exception of it (there is no memory, say) is an outcome, too.
  static asio::awaitable<void> there(std::shared_ptr<Work> work, std::function<void(Work&)> step) {
    work->busy = true;
    try {
      step(*work);
    } catch (...) {
      work->file.abandon();
      work->outcome = std::unexpected{"cannot write the state: " + text_of(std::current_exception())};
    }
    work->busy = false;
    co_return;
  }
};

Keeper::Keeper(Parts parts) : parts_{std::move(parts)}, timer_{parts_.io} {}

Keeper::~Keeper() {
  background_.stop();
  background_.join();
}

bool Keeper::busy() const { return work_ && work_->busy; }

std::expected<std::vector<ResumedTarget>, Refusal> Keeper::load(const std::filesystem::path& folder,
                                                                const config::Config& config,
                                                                Sections sections) {
  sections_ = std::move(sections);
  work_ = std::make_shared<Work>(folder, parts_.files, parts_.budget);
  // That it cannot be locked is told, again and again, when it cannot be written.
  if (const auto locked = work_->file.lock(); locked && !*locked)
    return std::unexpected{Refusal{"another rdpwatch runs and keeps its state in " + folder.string() +
                                       ": stop it, or give this one another state_directory",
                                   true}};
  auto contents = read(config);
  if (!contents) return std::unexpected{std::move(contents.error())};
  std::string faults = load_sections(*contents);
  if (0 < contents->unread)
    faults = std::to_string(contents->unread) + " of its entries were not understood, the others are kept" +
             (faults.empty() ? "" : "; ") + faults;
  if (!faults.empty()) set_aside(faults);
  return take(std::move(*contents));
}

std::expected<Contents, Refusal> Keeper::read(const config::Config& config) {
  auto text = work_->file.read();
  if (text && !*text) return Contents{.header = {.stopped = true}};
  const auto now = Clocks::now();
  const auto wanted = [&](std::string_view id) { return config.find(id) != nullptr; };
  auto contents =
      text ? read_snapshot(**text, now, wanted) : std::unexpected{Unreadable{std::move(text.error())}};
  if (contents) {
    if (contents->unread == 0 && contents->header.stopped)
      if (auto marked = mark_running(work_->file, **text, contents->header); !marked) tell(marked);
    return std::move(*contents);
  }
  const Unreadable& fault = contents.error();
  if (0 < fault.newer)
    return std::unexpected{Refusal{
        fmt::format("{} was written by rdpwatch {}, which keeps its state in a newer form ({}) than this "
                    "rdpwatch {} can read ({}): "
                    "install that release again, or move the file away to start without its state",
                    work_->file.path(), fault.release, fault.newer, parts_.release, kStateVersion)}};
  set_aside(fault.why);
  return Contents{.header = {.saved = now.wall - kLongAgo}};
}

/// When even that fails, nothing is written either, so that the file stays what it is.
void Keeper::set_aside(const std::string& why) {
  const auto aside = work_->file.set_aside(file_time(Clocks::now().wall));
  if (aside) {
    parts_.log.warning("the state on disk cannot be used and was set aside",
                       {{"file", work_->file.path()}, {"why", why}, {"now", *aside}});
  } else {
    parts_.log.warning("the state on disk cannot be used, nor set aside: no state is kept",
                       {{"file", work_->file.path()}, {"why", why}, {"error", aside.error()}});
    work_ = nullptr;
  }
}

/// What was wrong with them, for the log.
std::string Keeper::load_sections(const Contents& contents) {
  std::string faults;
  for (const Section& section : sections_) {
    const auto saved = contents.sections.find(section.name);
    if (saved == contents.sections.end()) continue;
    try {
      section.load(saved->second);
    } catch (const std::exception& error) {
      if (!faults.empty()) faults += "; ";
      faults += "its section " + section.name + " was not understood, the others are kept: " + error.what();
    }
  }
  return faults;
}

std::vector<ResumedTarget> Keeper::take(Contents contents) {
  const auto now = Clocks::now();
  std::optional<Budget::Gap> gap;
  if (!contents.header.stopped) gap = Budget::Gap{now.to_steady(contents.header.saved), now.steady};
  parts_.budget.restore(std::move(contents.endpoints), gap);
  std::vector<ResumedTarget> resumed;
  resumed.reserve(contents.targets.size());
  for (TargetState& target : contents.targets) {
    auto& next = resumed.emplace_back(ResumedTarget{target.id, target.memory, {}});
    const auto& last = target.record.last;
    if (last && last->verdict == Verdict::Failed) next.failed = now.to_steady(last->time);
    if (!contents.header.stopped) count_anew(target.record);
    parts_.store.restore(target.id, std::move(target.record));
    parts_.history.restore(target.id, std::move(target.probes), std::move(target.memory));
  }
  if (!contents.header.release.empty())
    parts_.log.info("state loaded", {{"targets", resumed.size()},
                                     {"release", contents.header.release},
                                     {"saved", contents.header.saved},
                                     {"after", contents.header.stopped ? "a stop" : "an abrupt end"}});
  return resumed;
}

void Keeper::start() {
  if (!work_ || started_) return;
  started_ = true;
  asio::co_spawn(parts_.io, keep(), [](const std::exception_ptr& error) {
    if (error) std::rethrow_exception(error);
  });
}

void Keeper::save_soon() {
  due_ = std::min(due_, std::chrono::steady_clock::now() + parts_.soon);
  timer_.cancel();
}

void Keeper::stop(bool orderly, std::function<void()> done) {
  if (!started_) return done();
  orderly_ = orderly;
  done_ = std::move(done);
  ending_ = true;
  timer_.cancel();
}

asio::awaitable<void> Keeper::keep() {
  using std::chrono::steady_clock;
  while (!ending_) {
    due_ = steady_clock::now() + parts_.interval;  // save_soon() may bring it forward meanwhile
    tell(co_await save(false));
    while (!ending_ && steady_clock::now() < due_) {
      timer_.expires_at(due_);
      co_await timer_.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
    }
  }
  tell(co_await save(true));
  done_();
}

/// One that is not the last is given up when the end comes meanwhile.
asio::awaitable<Saved> Keeper::save(bool last) {
  const auto records = parts_.store.snapshot();
  NamedParts sections;
  for (const Section& section : sections_) sections.emplace_back(section.name, section.save());
  const Header header{parts_.release, {}, last && orderly_};
  auto begin = Work::there(work_, [header](Work& work) { work.begin(header); });
  co_await asio::co_spawn(background_, std::move(begin), asio::use_awaitable);
  for (std::size_t first = 0; first < records->size() && work_->outcome; first += kSlice) {
    if (ending_ && !last) {
      work_->file.abandon();
      co_return Saved{};
    }
    auto write = Work::there(work_, [batch = copy(*records, first)](Work& work) { work.write(batch); });
    co_await asio::co_spawn(background_, std::move(write), asio::use_awaitable);
  }
  auto finish = Work::there(work_, [sections = std::move(sections)](Work& work) { work.finish(sections); });
  co_await asio::co_spawn(background_, std::move(finish), asio::use_awaitable);
  co_return work_->outcome;
}

std::vector<TargetState> Keeper::copy(const Records& records, std::size_t first) const {
  std::vector<TargetState> batch;
  batch.reserve(kSlice);
  for (std::size_t i = first; i < std::min(first + kSlice, records.size()); ++i) {
    const TargetRecord& record = records[i];
    const auto* const past = parts_.history.find(record.target->id);
    if (past == nullptr || (record.runs == 0 && !record.last)) continue;
    batch.push_back({record.target->id, record, past->probes, past->memory});
  }
  return batch;
}

void Keeper::tell(const Saved& saved) {
  parts_.metrics.state_saved(saved.has_value(), std::chrono::system_clock::now());
  if (!saved && !failing_)
    parts_.log.warning("the state cannot be saved: it is kept in memory, and tried again every minute",
                       {{"error", saved.error()}});
  if (saved && failing_) parts_.log.info("the state is saved again");
  failing_ = !saved;
}

}  // namespace rdpwatch::daemon::state
