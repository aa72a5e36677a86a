/** The completion scripts: they pass the typed words to `relicense __complete` and show its candidates. */

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** `relicense __complete INDEX WORD...` prints a line per candidate, `word<TAB>meaning`, or `:file`. */
const BASH = `# relicense completion for bash: source <(relicense completion bash)
_relicense() {
  local line word
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == :file ]]; then
      compopt -o default 2>/dev/null
      return
    fi
    word=\${line%%$'\\t'*}
    COMPREPLY+=("$(printf '%q' "$word")")
  done < <("\${COMP_WORDS[0]}" __complete "$COMP_CWORD" "\${COMP_WORDS[@]}" 2>/dev/null)
}
complete -F _relicense relicense
`;

const ZSH = `#compdef relicense
# relicense completion for zsh: a file named _relicense in a folder of $fpath
_relicense() {
  local line word
  local -a described
  for line in "\${(@f)$(\${words[1]} __complete $((CURRENT - 1)) "\${(@)words}" 2>/dev/null)}"; do
    if [[ $line == ':file' ]]; then
      _files
      return
    fi
    word="\${line%%$'\\t'*}"
    [[ -n $word ]] && described+=("\${word//:/\\\\:}:\${line#*$'\\t'}")
  done
  _describe 'relicense' described
}
if [[ $funcstack[1] == _relicense ]]; then
  _relicense "$@"
else
  compdef _relicense relicense
fi
`;

const FISH = `# relicense completion for fish: in ~/.config/fish/completions/relicense.fish
function __relicense_complete
  set -l before (commandline -opc)
  set -l current (commandline -ct)
  set -l lines ($before[1] __complete (count $before) $before "$current" 2>/dev/null)
  if test "$lines[1]" = ':file'
    __fish_complete_path "$current"
  else
    printf '%s\\n' $lines
  end
end
complete -c relicense -f -a '(__relicense_complete)'
`;

export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH };
