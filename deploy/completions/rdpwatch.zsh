#compdef rdpwatch

_rdpwatch_reasons() {
  local -a reasons
  reasons=(${(f)"$(rdpwatch explain --all --json 2>/dev/null | sed -n 's/.*"reason":"\([a-z0-9_]*\)".*/\1/p')"})
  _describe -t reasons reason reasons
}

_rdpwatch() {
  local context state state_descr line
  typeset -A opt_args
  local -a commands help
  commands=(
    'run:the daemon'
    'probe:climb targets once'
    'diagnose:go through the checklist with one target'
    'explain:what a reason or code means'
    'learn:print expect\: blocks'
    'check-config:all mistakes of a configuration'
  )
  help=('--help[show help]')

  _arguments -C $help \
    '--version[version, revision, compiler and libraries]' \
    '--print-schema[JSON Schema of the configuration]' \
    '1:command:->command' '*::argument:->argument' && return

  case $state in
    command) _describe -t commands command commands ;;
    argument)
      case $words[1] in
        run) _arguments $help \
          '--config[configuration]:file:_files' \
          '*--web.listen-address[listen there]:address and port:' \
          '--web.config.file[TLS, users and headers]:file:_files' \
          '--web.enable-reload[allow POST /-/reload]' \
          '--probe-threads[number of probe threads]:number:' \
          '--log.format[format of the log]:format:(text json)' \
          '--log.level[level of the log]:level:(debug info warn error)' ;;
        probe) _arguments $help \
          '--config[targets, modules and policies]:file:_files' \
          '--module[probe with this module]:name:' \
          '--parallel[targets at once]:number:' \
          '--json[one JSON object a line]' \
          '--evidence[with --json, what was seen]' \
          '--quiet[no notes, no progress]' \
          '--color[colours]:when:(auto always never)' \
          '*:target:_hosts' ;;
        diagnose) _arguments $help \
          '--config[the target, its module and policy]:file:_files' \
          '--module[climb with this module]:name:' \
          '(--markdown)--json[one JSON object]' \
          '(--json)--markdown[Markdown, for a ticket]' \
          '--color[colours]:when:(auto always never)' \
          '1:target:_hosts' ;;
        explain) _arguments $help \
          '--all[list every reason]' \
          '--runbook[the whole runbook, as Markdown]' \
          '--json[one JSON object a line]' \
          '--color[colours]:when:(auto always never)' \
          '*:reason:_rdpwatch_reasons' ;;
        learn) _arguments $help \
          '--config[targets, modules and policies]:file:_files' \
          '--module[probe with this module]:name:' \
          '--parallel[targets at once]:number:' \
          '*:target:_hosts' ;;
        check-config) _arguments $help \
          '--format[text or json]:format:(text json)' \
          '*:file:_files' ;;
      esac ;;
  esac
}

_rdpwatch "$@"
