"""Completion: which words may come next, and scripts that ask for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tiercel.cli.command import Command, Group, Node, Parameter
from tiercel.cli.options import common_parameters
from tiercel.cli.parsing import takes_paths

FILES = ":files"
Offer = tuple[str, str]
"""A word and its help."""


def next_words(root: Group, line: Sequence[str]) -> list[Offer]:
    """Return what may stand for the last word of a line, which is typed in part."""
    *before, typed = line
    node: Node = root
    rest: list[str] = []
    for word in before:
        if isinstance(node, Group) and not word.startswith("-"):
            found = node.find(word)
            if found is None:
                return []
            node = found
        else:
            rest.append(word)
    offers = _in_group(node) if isinstance(node, Group) else _in_command(node, rest, typed)
    return [(word, text) for word, text in offers if word == FILES or word.startswith(typed)]


def _in_group(group: Group) -> Iterator[Offer]:
    for word, item in group.commands.items():
        yield word, item.help


def _in_command(command: Command, rest: Sequence[str], typed: str) -> Iterator[Offer]:
    parameters = [*command.parameters(), *common_parameters()]
    named = {name: item for item in parameters if not item.is_argument for name in item.names}
    last = named.get(rest[-1]) if rest else None
    if last is not None and not last.is_flag:
        yield from _values(last)
        return
    if typed.startswith("-"):
        yield from _options(parameters)
        return
    plain = _plain_words(rest, named)
    arguments = [item for item in parameters if item.is_argument]
    if plain < len(arguments):
        yield from _values(arguments[plain])
    elif arguments and arguments[-1].several:
        yield from _values(arguments[-1])


def _options(parameters: Sequence[Parameter]) -> Iterator[Offer]:
    for item in parameters:
        if item.is_argument:
            continue
        yield item.names[0], item.option.help
        if item.negative:
            yield item.negative, item.option.help
    yield "--help", "Show help."


def _plain_words(rest: Sequence[str], named: dict[str, Parameter]) -> int:
    """Count the arguments among words: not options, and not their values."""
    count = 0
    takes_value = False
    for word in rest:
        if takes_value:
            takes_value = False
        elif word.startswith("-"):
            item = named.get(word)
            takes_value = item is not None and not item.is_flag
        else:
            count += 1
    return count


def _values(item: Parameter) -> Iterator[Offer]:
    if item.option.choices:
        yield from ((choice, "") for choice in item.option.choices)
    elif takes_paths(item):
        yield FILES, ""


_BASH = """\
_tiercel() {
    local current=${COMP_WORDS[COMP_CWORD]} IFS=$'\\n'
    local offers=$(tiercel completion words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
    if [ "$offers" = ":files" ]; then
        COMPREPLY=($(compgen -f -- "$current"))
    else
        COMPREPLY=($(compgen -W "$offers" -- "$current"))
    fi
}
complete -o filenames -F _tiercel tiercel
"""
_ZSH = """\
#compdef tiercel
_tiercel() {
    local -a line offers described
    line=("${(@)words[2,CURRENT]}")
    offers=("${(@f)$(tiercel completion words --with-help -- "${line[@]}" 2>/dev/null)}")
    if [[ "$offers" == ":files" ]]; then
        _files
        return
    fi
    for offer in $offers; do
        described+=("${${offer%%$'\\t'*}//:/\\\\:}:${offer#*$'\\t'}")
    done
    _describe 'tiercel' described
}
if [ "$funcstack[1]" = "_tiercel" ]; then _tiercel "$@"; else compdef _tiercel tiercel; fi
"""
_FISH = """\
function __tiercel_words
    set -l line (commandline -opc) (commandline -ct)
    set -l offers (tiercel completion words --with-help -- $line[2..-1] 2>/dev/null)
    if test "$offers" = ":files"
        __fish_complete_path (commandline -ct)
    else
        printf '%s\\n' $offers
    end
end
complete -c tiercel -f -a '(__tiercel_words)'
"""
SCRIPTS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
