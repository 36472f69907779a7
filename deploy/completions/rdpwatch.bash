# bash completion for rdpwatch                             -*- shell-script -*-

_rdpwatch() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command='' word
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in run | probe | diagnose | explain | learn | check-config) command=$word && break ;; esac
  done
  case $previous in
    --config | --web.config.file) mapfile -t COMPREPLY < <(compgen -f -- "$current") && return ;;
    --color) mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$current") && return ;;
    --format | --log.format) mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$current") && return ;;
    --log.level) mapfile -t COMPREPLY < <(compgen -W 'debug info warn error' -- "$current") && return ;;
    --module | --parallel | --probe-threads | --web.listen-address) return ;;
  esac

  local options='--help'
  case $command in
    '') options+=' --version --print-schema run probe diagnose explain learn check-config' ;;
    run) options+=' --config --web.listen-address --web.config.file --web.enable-reload --probe-threads --log.format --log.level' ;;
    probe) options+=' --config --module --parallel --json --evidence --quiet --color' ;;
    diagnose) options+=' --config --module --json --markdown --color' ;;
    explain)
      options+=' --all --json --runbook --color'
      [[ $current == -* ]] || options=$(rdpwatch explain --all --json 2>/dev/null | sed -n 's/.*"reason":"\([a-z0-9_]*\)".*/\1/p')
      ;;
    learn) options+=' --config --module --parallel' ;;
    check-config)
      options+=' --format'
      [[ $current == -* ]] || { mapfile -t COMPREPLY < <(compgen -f -- "$current") && return; }
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
}

complete -o filenames -F _rdpwatch rdpwatch
