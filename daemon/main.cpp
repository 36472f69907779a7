#include <cstdio>
#include <exception>
#include <iostream>
#include <map>
#include <string>

#include <CLI/CLI.hpp>

#include "daemon/commands/exit_code.h"
#include "daemon/commands/explain.h"
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
  command->add_option("REASON", options.words,
                      "a reason, or one or two codes: x224_closed, 0x904 0x7, 2308 7");
  command->add_flag("--all", options.all, "list every reason");
  command->add_flag("--json", options.json, "one JSON object a line");
  add_colour(*command, options.colour);
  command->callback([&] { exit_code = explain(options); });
}

std::string version_text() {
  std::string text{"rdpwatch "};
  text.append(version()).append(" (revision ").append(revision()).append(")\n");
  text.append("built with ").append(compiler()).append("\n");
  return text.append("running with ").append(openssl());
}

int run_command_line(int argc, char** argv) {
  int exit_code = kExitOk;
  ExplainOptions explain_options;

  CLI::App app{
      "rdpwatch watches RDP hosts and says at which phase, and for which reason, a client is stopped."};
  app.name("rdpwatch");
  app.require_subcommand(0, 1);
  app.set_version_flag("--version", version_text, "version, revision, compiler and libraries");
  add_explain(app, explain_options, exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
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
