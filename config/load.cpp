#include "config/load.h"

#include <algorithm>
#include <array>
#include <set>

#include <unistd.h>

#include "config/file_tree.h"
#include "config/files.h"
#include "config/host_range.h"
#include "config/parse.h"
#include "config/tables.h"
#include "config/target_list.h"
#include "config/web_file.h"

namespace rdpwatch::config {
namespace {

/// One run over all files.
class Loader {
 public:
  explicit Loader(const LoadOptions& options) : options_{options}, reader_{options.files, options.now} {}

  LoadResult run(const std::filesystem::path& file) {
    const auto tree = read_file_tree(reader_, file);
    if (tree.merged) read(tree);
    auto result = LoadResult{};
    if (reader_.error_count() == 0) result.config = std::make_shared<const Config>(std::move(draft_.config));
    result.diagnostics = reader_.take_diagnostics();
    return result;
  }

 private:
  void read(const FileTree& tree) {
    root_table().apply(reader_, *tree.merged, draft_);
    read_web(tree);
    read_modules();
    auto& config = draft_.config;
    TargetList targets{reader_, config.modules};
    for (const Node* root : tree.roots)
      if (const Node* list = root->find("targets")) {
        const Reader::Step step{reader_, "targets"};
        targets.read(*list);
      }
    read_target_files(tree, targets);
    read_target_urls(tree, targets);
    const auto windows = read_windows(tree);
    if (targets.size() == 0 && reader_.error_count() == 0) warn_about_nothing(tree);
    if (reader_.error_count() == 0) targets.check_budget(config.connection_budget);
    config.targets = targets.take();
    adopt_windows(windows);
    if (!options_.listen.empty()) config.listen = options_.listen;
    config.external_url_is_default = config.external_url.empty();
    if (config.external_url_is_default && !config.listen.empty()) {
      config.external_url = default_external_url(config);
      warn_about_links(tree);
    }
    std::vector<std::string_view> texts;
    for (const auto& source : reader_.sources()) texts.push_back(source.text);
    config.sha256 = sha256_hex(texts);
  }

  std::vector<MaintenanceAt> read_windows(const FileTree& tree) {
    std::vector<MaintenanceAt> windows;
    const Reader::Step step{reader_, "maintenance"};
    for (const Node* root : tree.roots)
      if (const Node* list = root->find("maintenance")) read_maintenance(reader_, *list, windows);
    return windows;
  }

  void adopt_windows(const std::vector<MaintenanceAt>& windows) {
    auto& config = draft_.config;
    for (const auto& [window, place] : windows) {
      config.maintenance.push_back(window);
      const auto is_meant = [&](const auto& target) { return window.selector.matches(*target); };
      if (reader_.error_count() == 0 && std::ranges::none_of(config.targets, is_meant))
        reader_.warning(place, "maintenance of no target: none has these ids and labels");
    }
  }

  void read_web(const FileTree& tree) {
    auto& web = draft_.config.web;
    const Node* section = tree.merged->find("web");
    const Node* named = section ? section->find("config_file") : nullptr;
    if (!options_.web_config_file.empty()) {
      web.config_file = normal_path(options_.web_config_file);
      named = nullptr;
    }
    const Reader::Step in_web{reader_, "web"};
    const Reader::Step key{reader_, "config_file"};
    if (web.config_file.empty()) web.file = std::make_shared<const WebFile>();
    else web.file = read_web_file(reader_, named ? as_named(*named) : options_.web_config_file, named);
  }

  /// As messages name it: with the folder of the file that names it.
  std::filesystem::path as_named(const Node& name) {
    return reader_.source(name.place).directory / name.text;
  }

  void read_modules() {
    auto& modules = draft_.config.modules;
    modules["default"] = std::make_shared<const Module>(draft_.base);
    if (!draft_.modules) return;
    const Reader::Step step{reader_, "modules"};
    draft_.modules->each_entry([&](const Node& name, const Node& value) {
      if (name.text == "default") modules["default"] = read_module(name, value, draft_.base);
    });
    const auto base = *modules["default"];
    draft_.modules->each_entry([&](const Node& name, const Node& value) {
      if (name.text != "default") modules[name.text] = read_module(name, value, base);
    });
  }

  std::shared_ptr<const Module> read_module(const Node& name, const Node& value, const Module& base) {
    const Reader::Step step{reader_, name.text};
    auto module = std::make_shared<Module>(base);
    module->name = name.text;
    if (const auto fault = text_fault(name.text, 128); !fault.empty())
      reader_.error(name.place, "name of a module " + fault, {"a name of 1 to 128 bytes", {}});
    const auto problems = reader_.problem_count();
    module_table().apply(reader_, value, *module);
    if (problems == reader_.problem_count()) check_module(reader_, value, *module);
    return module;
  }

  void read_target_files(const FileTree& tree, TargetList& targets) {
    std::set<std::filesystem::path> watched;
    std::map<std::filesystem::path, Place> first;
    tree.each_item(reader_, "target_files", [&](const Node& pattern) {
      const auto folder = (reader_.source(pattern.place).directory / pattern.text).parent_path();
      if (!has_wildcard(folder.string())) watched.insert(normal_path(folder));
      for (const auto& path : matching_files(reader_, pattern)) {
        const auto full = normal_path(path);
        watched.insert(full);
        watched.insert(full.parent_path());
        const auto [place, is_new] = first.try_emplace(full, pattern.place);
        if (!is_new) {
          reader_.error(pattern.place, "target file \"" + path.string() + "\" named twice; first at " +
                                           reader_.describe(place->second));
          continue;
        }
        if (const Node* root = read_source(reader_, path, &pattern)) read_alone(*root, targets);
      }
    });
    draft_.config.watched.assign(watched.begin(), watched.end());
  }

  void read_alone(const Node& root, TargetList& targets) {
    const Reader::NewPath path{reader_};
    targets.read_list_file(root);
  }

  void read_target_urls(const FileTree& tree, TargetList& targets) {
    tree.each_item(reader_, "target_urls", [&](const Node& item) {
      constexpr std::string_view kExpected = "a URL such as http://inventory.corp.example/rdp";
      const auto text = read_text(reader_, item, kExpected);
      const auto url = text ? take(reader_, item, parse_url(*text), kExpected) : std::nullopt;
      if (!url) return;
      draft_.config.target_urls.push_back(*url);
      if (!options_.fetch) return;
      auto body = options_.fetch(*url);
      if (!body) return reader_.warning(item.place, "no list: " + body.error());
      auto& source = reader_.add_source(mask_url(*url), {});
      source.text = std::move(*body);
      reader_.lower_errors(true);
      const auto problems = reader_.problem_count();
      parse(reader_, source);
      // The errors of a list only warn: what has some must be as if it had not come.
      if (problems != reader_.problem_count()) reader_.warning(item.place, "no list: it has errors");
      else if (source.root) read_alone(*source.root, targets);
      reader_.lower_errors(false);
    });
  }

  void warn_about_nothing(const FileTree& tree) {
    const Node* list = tree.roots.front()->find("targets");
    reader_.warning(list ? list->place : Place{}, "no targets: nothing will be watched");
  }

  void warn_about_links(const FileTree& tree) {
    const Node* list = tree.merged->find("alertmanagers");
    if (reader_.error_count() != 0 || draft_.config.alertmanagers.empty() || list == nullptr) return;
    const std::string& address = draft_.config.listen.front();
    if (!address.starts_with("127.") && !address.starts_with("[::1]") && !address.starts_with("localhost:"))
      return;
    const Reader::Step step{reader_, "alertmanagers"};
    reader_.warning(list->place,
                    "links in alerts lead to whatever listens on " + address + " where they are read",
                    {"external_url: where these pages are for whoever reads an alert", {}});
  }

  const LoadOptions& options_;
  Reader reader_;
  Draft draft_{};
};

}  // namespace

std::string default_external_url(const Config& config) {
  const std::string& listen = config.listen.front();
  const std::string scheme = config.web.file && config.web.file->tls ? "https://" : "http://";
  const auto colon = listen.rfind(':');
  const auto host = listen.substr(0, colon);
  if (host != "0.0.0.0" && host != "[::]") return scheme + listen;
  std::array<char, 256> name{};
  const bool known = ::gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0';
  return scheme + std::string{known ? name.data() : "localhost"} + listen.substr(colon);
}

LoadResult load(const std::filesystem::path& file, const LoadOptions& options) {
  return Loader{options}.run(file);
}

LoadResult from_arguments(const std::vector<std::string>& arguments) {
  Reader reader;
  auto& source = reader.add_source("command line", {});
  Config config;
  config.modules["default"] = std::make_shared<const Module>();
  config.web.file = std::make_shared<const WebFile>();
  config.external_url = default_external_url(config);
  TargetList targets{reader, config.modules};
  std::set<std::string> seen;
  Node list;
  list.kind = Node::Kind::List;
  for (const auto& argument : arguments) {
    if (!seen.insert(argument).second) continue;
    auto& node = source.nodes.emplace_back();
    node.kind = Node::Kind::Scalar;
    node.text = argument;
    list.children.push_back(&node);
  }
  targets.read(list);
  config.targets = targets.take();
  LoadResult result;
  if (reader.error_count() == 0) result.config = std::make_shared<const Config>(std::move(config));
  result.diagnostics = reader.take_diagnostics();
  return result;
}

}  // namespace rdpwatch::config
