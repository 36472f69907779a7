#include "tests/support/exposition.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

namespace rdpwatch::test {
namespace {

/// Reads one line from left to right.
class Line {
 public:
  explicit Line(std::string_view text) : rest_{text} {}

  std::string name() {
    std::size_t size = 0;
    while (size < rest_.size() && (std::isalnum(static_cast<unsigned char>(rest_[size])) != 0 ||
                                   rest_[size] == '_' || rest_[size] == ':'))
      ++size;
    if (size == 0) throw std::runtime_error{"no name at: " + std::string{rest_}};
    return take(size);
  }

  bool skip(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void expect(char c) {
    if (!skip(c)) throw std::runtime_error{std::string{"expected "} + c + " at: " + std::string{rest_}};
  }

  std::string quoted() {
    expect('"');
    std::string value;
    while (!skip('"')) {
      if (rest_.empty()) throw std::runtime_error{"label value without an end"};
      std::string c = take(1);
      if (c != "\\") {
        value += c;
        continue;
      }
      c = take(1);
      if (c != "\\" && c != "\"" && c != "n") throw std::runtime_error{"unknown escape \\" + c};
      value += c == "n" ? "\n" : c;
    }
    return value;
  }

  std::string rest() { return take(rest_.size()); }

 private:
  std::string take(std::size_t size) {
    if (rest_.size() < size) throw std::runtime_error{"line too short"};
    std::string taken{rest_.substr(0, size)};
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
};

Sample parse_sample(std::string_view text) {
  Line line{text};
  Sample sample;
  sample.name = line.name();
  if (line.skip('{')) {
    while (!line.skip('}')) {
      if (!sample.labels.empty()) line.expect(',');
      std::string name = line.name();
      line.expect('=');
      sample.labels.emplace_back(std::move(name), line.quoted());
    }
  }
  line.expect(' ');
  sample.value = line.rest();
  return sample;
}

template <class Use>
void for_each_line(std::string_view page, Use use) {
  while (!page.empty()) {
    const std::size_t end = page.find('\n');
    if (end == std::string_view::npos) throw std::runtime_error{"last line without a line feed"};
    use(page.substr(0, end));
    page.remove_prefix(end + 1);
  }
}

/// _bucket, _sum and _count of a histogram belong together, in the writer's order.
bool is_histogram_part(const Sample& sample) {
  return sample.name.ends_with("_bucket") || sample.name.ends_with("_sum") || sample.name.ends_with("_count");
}

/// The labels of one target sort by value: target first, then as written.
std::vector<std::string> sort_key(const Sample& sample) {
  std::vector<std::string> key{sample.label("target")};
  for (const auto& [name, value] : sample.labels) key.push_back(value);
  return key;
}

void check_order(const std::vector<Sample>& samples, std::vector<std::string>& defects) {
  for (std::size_t i = 1; i < samples.size(); ++i) {
    const Sample& before = samples[i - 1];
    const Sample& after = samples[i];
    if (is_histogram_part(before) || is_histogram_part(after)) continue;
    if (after.name < before.name) defects.push_back(after.name + " comes after " + before.name);
    if (after.name == before.name && sort_key(after) < sort_key(before))
      defects.push_back(after.name + ": " + after.label("target") + " comes after " + before.label("target"));
  }
}

void check_metadata(std::string_view page, std::vector<std::string>& defects) {
  std::set<std::string> seen;
  for_each_line(page, [&](std::string_view line) {
    if (!line.starts_with("# ") || line == "# EOF") return;
    const std::string head{line.substr(0, line.find(' ', line.find(' ', 2) + 1))};
    if (!seen.insert(head).second) defects.push_back("twice: " + head);
  });
}

}  // namespace

std::string Sample::label(std::string_view wanted) const {
  for (const auto& [key, text] : labels)
    if (key == wanted) return text;
  return {};
}

std::vector<Sample> parse_exposition(std::string_view page) {
  std::vector<Sample> samples;
  for_each_line(page, [&](std::string_view line) {
    if (!line.starts_with("#")) samples.push_back(parse_sample(line));
  });
  return samples;
}

std::vector<std::string> page_defects(std::string_view page) {
  std::vector<std::string> defects;
  const std::vector<Sample> samples = parse_exposition(page);
  std::set<std::pair<std::string, std::vector<std::pair<std::string, std::string>>>> series;
  for (const Sample& sample : samples) {
    auto labels = sample.labels;
    std::ranges::sort(labels);
    const auto same_name = [](const auto& a, const auto& b) { return a.first == b.first; };
    if (std::ranges::adjacent_find(labels, same_name) != labels.end())
      defects.push_back(sample.name + " has a label twice");
    if (!series.emplace(sample.name, labels).second) defects.push_back("duplicate series " + sample.name);
  }
  check_order(samples, defects);
  check_metadata(page, defects);
  return defects;
}

std::vector<Sample> samples_named(const std::vector<Sample>& samples, std::string_view name) {
  std::vector<Sample> found;
  for (const Sample& sample : samples)
    if (sample.name == name) found.push_back(sample);
  return found;
}

}  // namespace rdpwatch::test
