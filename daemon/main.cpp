#include <exception>
#include <iostream>
#include <map>
#include <string>

#include <CLI/CLI.hpp>

#include "config/load.h"
#include "daemon/commands/check_config.h"
#include "daemon/commands/diagnose.h"
#include "daemon/commands/exit_code.h"
#include "daemon/commands/explain.h"
#include "daemon/commands/learn.h"
#include "daemon/commands/probe.h"
#include "daemon/commands/run.h"
#include "daemon/version.h"

namespace {

using namespace rdpwatch::daemon;

/// Flags that every command for people has.
void add_colour(CLI::App& command, ColourMode& colour) {
  const std::map<std::string, ColourMode> modes{
      {"auto", ColourMode::Auto}, {"always", ColourMode::Always}, {"never", ColourMode::Never}};
  command.add_option("--color", colour, "auto (on a terminal, unless NO_COLOR is set), always or never")
      ->transform(CLI::CheckedTransformer(modes).description("WHEN"))
      ->option_text("WHEN");
}

void add_explain(CLI::App& app, ExplainOptions& options, int& exit_code) {
  auto* command = app.add_subcommand("explain", "what a reason, or the codes of a client's dialog, mean");
  command->add_option(
      "REASON", options.words,
      "a reason, a topic (start, daemon, vantage), or one or two codes: x224_closed, 0x904 0x7, 2308 7");
  command->add_flag("--all", options.all, "list every reason");
  command->add_flag("--runbook", options.runbook, "the whole runbook, as Markdown");
  command->add_flag("--json", options.json, "one JSON object a line");
  add_colour(*command, options.colour);
  command->callback([&] { exit_code = explain(options); });
}

void add_choice(CLI::App& command, TargetChoice& choice, std::size_t& parallel) {
  command.add_option("--config", choice.config, "take targets, modules and policies from this file")
      ->option_text("FILE");
  command.add_option("--module", choice.module, "probe with this module instead of the targets' own")
      ->option_text("NAME");
  command.add_option("--parallel", parallel, "climb at most this many targets at once (64)")
      ->option_text("N")
      ->check(CLI::Range(1, 4096));
  command.add_option("TARGET", choice.targets, "an id of FILE (none: all), or host[:port] without FILE");
}

void add_probe(CLI::App& app, ProbeOptions& options, int& exit_code) {
  auto* command = app.add_subcommand("probe", "climb targets once and show how far they let a client come");
  add_choice(*command, options.choice, options.parallel);
  command->add_flag("--json", options.json, "one JSON object for each target, one a line");
  command->add_flag("--evidence", options.evidence, "with --json: add what was seen in each phase");
  command->add_flag("--quiet", options.quiet, "no notes and no progress on stderr");
  add_colour(*command, options.colour);
  command->callback([&] { exit_code = probe(options); });
}

void add_diagnose(CLI::App& app, DiagnoseOptions& options, int& exit_code) {
  auto* command = app.add_subcommand(
      "diagnose", "go through the checklist with one target: climb, ping, bypass the name, trace the path");
  command
      ->add_option("--config", options.choice.config, "take the target, its module and policy from this file")
      ->option_text("FILE");
  command->add_option("--module", options.choice.module, "climb with this module instead of the target's own")
      ->option_text("NAME");
  command->add_option("TARGET", options.choice.targets, "an id of FILE, or host[:port] without FILE")
      ->required()
      ->expected(1);
  auto* json = command->add_flag("--json", options.json, "one JSON object on one line");
  command->add_flag("--markdown", options.markdown, "Markdown, for a ticket")->excludes(json);
  add_colour(*command, options.colour);
  command->callback([&] { exit_code = diagnose(options); });
}

void add_learn(CLI::App& app, LearnOptions& options, int& exit_code) {
  auto* command = app.add_subcommand("learn", "climb targets once and print expect: blocks that match them");
  add_choice(*command, options.choice, options.parallel);
  command->callback([&] { exit_code = learn(options); });
}

void add_check_config(CLI::App& app, CheckConfigOptions& options, int& exit_code) {
  auto* command = app.add_subcommand("check-config", "say everything that is wrong with a configuration");
  command->add_option("FILE", options.file, "rdpwatch.yaml")->required();
  const std::map<std::string, bool> formats{{"text", false}, {"json", true}};
  command->add_option("--format", options.json, "text or json")
      ->transform(CLI::CheckedTransformer(formats).description("FORMAT"))
      ->option_text("FORMAT");
  command->callback([&] { exit_code = check_config(options); });
}

/// Words of --log.*, as CLI11 reads them.
struct LogWords {
  std::string format = "text";
  std::string level = "info";
};

void add_run(CLI::App& app, RunOptions& options, LogWords& log, int& exit_code) {
  auto* command = app.add_subcommand("run", "the daemon: probe on a schedule, serve metrics and pages");
  command->add_option("--config", options.config, "rdpwatch.yaml")->required()->option_text("FILE");
  command
      ->add_option("--web.listen-address", options.listen_addresses,
                   "listen there instead of where the file says; may stand several times")
      ->option_text("ADDRESS:PORT");
  command
      ->add_option("--web.config.file", options.web_config_file,
                   "TLS, users and headers, instead of the file that web.config_file names")
      ->option_text("FILE");
  command->add_flag("--web.enable-reload", options.enable_reload, "allow POST /-/reload");
  command->add_option("--probe-threads", options.probe_threads, "default: one less than cores, 1 to 8")
      ->option_text("N")
      ->check(CLI::Range(1, 64));
  command->add_option("--log.format", log.format, "text or json")
      ->check(CLI::IsMember({"text", "json"}))
      ->option_text("FORMAT");
  command->add_option("--log.level", log.level, "debug, info, warn or error")
      ->check(CLI::IsMember({"debug", "info", "warn", "error"}))
      ->option_text("LEVEL");
  command->callback([&] {
    options.log = {log_format_from(log.format).value(), log_severity_from(log.level).value()};
    exit_code = run(options);
  });
}

std::string version_text() {
  std::string text{"rdpwatch "};
  text.append(version()).append(" (revision ").append(revision()).append(")\n");
  text.append("built with ").append(compiler()).append("\n");
  return text.append("running with ").append(openssl());
}

struct Options {
  RunOptions run{};
  LogWords log{};
  ProbeOptions probe{};
  DiagnoseOptions diagnose{};
  ExplainOptions explain{};
  LearnOptions learn{};
  CheckConfigOptions check_config{};
  bool print_schema = false;
};

int run_command_line(int argc, char** argv) {
  int exit_code = kExitOk;
  Options options;
  CLI::App app{
      "rdpwatch watches RDP hosts and says at which phase, and for which reason, a client is stopped."};
  app.name("rdpwatch");
  app.require_subcommand(0, 1);
  app.set_version_flag("--version", version_text, "version, revision, compiler and libraries");
  app.add_flag("--print-schema", options.print_schema, "JSON Schema of the configuration");
  add_run(app, options.run, options.log, exit_code);
  add_probe(app, options.probe, exit_code);
  add_diagnose(app, options.diagnose, exit_code);
  add_explain(app, options.explain, exit_code);
  add_learn(app, options.learn, exit_code);
  add_check_config(app, options.check_config, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  if (options.print_schema) {
    std::cout << rdpwatch::config::json_schema() << '\n';
    return kExitOk;
  }
  if (app.get_subcommands().empty()) {
    std::cerr << app.help();
    return kExitUsage;
  }
  return exit_code;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run_command_line(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "rdpwatch: " << error.what() << '\n';
    return kExitFailed;
  }
}
