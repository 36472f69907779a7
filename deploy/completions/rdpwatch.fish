# fish completion for rdpwatch

complete -c rdpwatch -f
complete -c rdpwatch -l help -d 'show help'
complete -c rdpwatch -n __fish_use_subcommand -l version -d 'version, revision, compiler and libraries'
complete -c rdpwatch -n __fish_use_subcommand -l print-schema -d 'JSON Schema of the configuration'
complete -c rdpwatch -n __fish_use_subcommand -a run -d 'the daemon'
complete -c rdpwatch -n __fish_use_subcommand -a probe -d 'climb targets once'
complete -c rdpwatch -n __fish_use_subcommand -a diagnose -d 'go through the checklist with one target'
complete -c rdpwatch -n __fish_use_subcommand -a explain -d 'what a reason or code means'
complete -c rdpwatch -n __fish_use_subcommand -a learn -d 'print expect: blocks'
complete -c rdpwatch -n __fish_use_subcommand -a check-config -d 'all mistakes of a configuration'

complete -c rdpwatch -n '__fish_seen_subcommand_from run probe diagnose learn' -l config -r -F -d configuration
complete -c rdpwatch -n '__fish_seen_subcommand_from run' -l web.listen-address -x -d 'listen there'
complete -c rdpwatch -n '__fish_seen_subcommand_from run' -l web.config.file -r -F -d 'TLS, users and headers'
complete -c rdpwatch -n '__fish_seen_subcommand_from run' -l web.enable-reload -d 'allow POST /-/reload'
complete -c rdpwatch -n '__fish_seen_subcommand_from run' -l probe-threads -x -d 'number of probe threads'
complete -c rdpwatch -n '__fish_seen_subcommand_from run' -l log.format -x -a 'text json' -d 'format of the log'
complete -c rdpwatch -n '__fish_seen_subcommand_from run' -l log.level -x -a 'debug info warn error' -d 'level of the log'
complete -c rdpwatch -n '__fish_seen_subcommand_from probe diagnose learn' -l module -x -d 'probe with this module'
complete -c rdpwatch -n '__fish_seen_subcommand_from probe learn' -l parallel -x -d 'targets at once'
complete -c rdpwatch -n '__fish_seen_subcommand_from probe' -l evidence -d 'with --json, what was seen'
complete -c rdpwatch -n '__fish_seen_subcommand_from probe' -l quiet -d 'no notes, no progress'
complete -c rdpwatch -n '__fish_seen_subcommand_from probe diagnose explain' -l json -d 'one JSON object a line'
complete -c rdpwatch -n '__fish_seen_subcommand_from probe diagnose explain' -l color -x -a 'auto always never' -d colours
complete -c rdpwatch -n '__fish_seen_subcommand_from diagnose' -l markdown -d 'Markdown, for a ticket'
complete -c rdpwatch -n '__fish_seen_subcommand_from explain' -l all -d 'list every reason'
complete -c rdpwatch -n '__fish_seen_subcommand_from explain' -l runbook -d 'the whole runbook, as Markdown'
complete -c rdpwatch -n '__fish_seen_subcommand_from explain' -a '(rdpwatch explain --all --json 2>/dev/null | string match -rg \'"reason":"([a-z0-9_]*)"\')'
complete -c rdpwatch -n '__fish_seen_subcommand_from check-config' -l format -x -a 'text json' -d 'text or json'
complete -c rdpwatch -n '__fish_seen_subcommand_from check-config' -F
