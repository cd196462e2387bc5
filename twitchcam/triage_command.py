"""`twitchcam triage`: the rules applied to answers, from a file or an interview, with or without a video."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from twitchcam.edges.answers_file import STANDARD_INPUT, read_answers, read_summary
from twitchcam.edges.answers_text import check_target, template_text, write_answers, write_private
from twitchcam.edges.outputs import triage_to_dict
from twitchcam.errors import InputRefused
from twitchcam.languages import language_of, translate
from twitchcam.phrases import phrase
from twitchcam.summary import Triage
from twitchcam.terminal import Terminal, is_interactive
from twitchcam.triage.answers import Answers
from twitchcam.triage.engine import triage
from twitchcam.triage.interview import Interview, begin, reply
from twitchcam.triage.lines import Line
from twitchcam.triage.observed import Observed, observed_from_summary
from twitchcam.triage.questions import QUESTIONS
from twitchcam.triage.replies import YES
from twitchcam.triage.result_lines import result_lines, trace_lines
from twitchcam.triage.screens import hint, screen, welcome

NOBODY_TO_ASK = (
    "there are no answers, and this is not a terminal in which to ask the questions; give --answers FILE "
    "('-' reads standard input), or make one to fill in with --template FILE"
)


@dataclass(frozen=True, slots=True)
class TriageOptions:
    """What `twitchcam triage` was asked for."""

    answers: Path | None = None
    summary: Path | None = None
    save_answers: Path | None = None
    ask: bool = False
    """Ask also the questions that the answers file leaves open."""
    explain: bool = False
    as_json: bool = False
    language: str = "en"
    """Of what is shown in the terminal; the JSON is English."""


def run_triage(options: TriageOptions) -> bool:
    """Ask where there is somebody to ask, print the result, and return whether there was one.

    The dialogue goes to standard error, the result to standard output.

    Raises
    ------
    InputRefused
        If a file cannot be used, or there are no answers and nobody to ask.
    """
    asking = options.ask or options.answers is None
    if asking and (not is_interactive() or options.answers == STANDARD_INPUT):
        raise InputRefused(NOBODY_TO_ASK)
    answers = read_answers(options.answers) if options.answers is not None else Answers()
    video = read_observed(options.summary) if options.summary is not None else None
    if options.save_answers is not None:
        ask_to_replace(options.save_answers, options.language)
    finished = True
    if asking:
        answers, finished = interview(begin(answers, video), options.language)
    if options.save_answers is not None:
        write_answers(options.save_answers, answers)
        told = phrase("Answers: {file:s}", file=str(options.save_answers))
        print(translate(told, options.language), file=sys.stderr, flush=True)
    if finished:
        show_result(triage(answers, video), answers, video, options)
    return finished


def interview(state: Interview, language: str = "en") -> tuple[Answers, bool]:
    """Ask until the interview ends, or the input does; return the answers and whether a result is wanted."""
    terminal = Terminal(dialogue(), language_of(language))
    section = ""
    try:
        terminal.show(welcome())
        while not state.ended:
            terminal.show(screen(state, section))
            section = QUESTIONS[state.at].section if state.stage == "question" and state.at else section
            state = reply(state, terminal.ask(hint(state)))
    except EOFError:
        return state.answers, False
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return state.answers, False
    return state.answers, state.stage == "done"


def show_result(result: Triage, answers: Answers, video: Observed | None, options: TriageOptions) -> None:
    """Print the result in words, or as the contract's JSON object; a trace beside that goes to stderr."""
    if options.as_json:
        print(json.dumps(triage_to_dict(result), ensure_ascii=False), flush=True)
    else:
        Terminal(sys.stdout, language_of(options.language)).show(result_lines(result, answers))
    if options.explain:
        stream = sys.stderr if options.as_json else sys.stdout
        Terminal(stream, language_of(options.language)).show(trace_lines(answers, video))


def write_template(target: Path) -> None:
    """Write an answers file to fill in; '-' is standard output."""
    if target == STANDARD_INPUT:
        print(template_text(), end="", flush=True)
        return
    if target.suffix.lower() == ".json":
        raise InputRefused(
            f"{target}: a template explains itself in comments, which JSON lacks; name it .toml"
        )
    ask_to_replace(target)
    write_private(target, template_text())
    print(f"Fill it in, then: twitchcam triage --answers {target}", file=sys.stderr)


def ask_to_replace(path: Path, language: str = "en") -> None:
    """Refuse a file that exists unless a person says that it may be replaced."""
    check_target(path)
    if not path.exists():
        return
    if is_interactive():
        terminal = Terminal(dialogue(), language_of(language))
        terminal.show([Line("text", phrase("{file:s} exists already. Replace it?", file=str(path)))])
        try:
            if terminal.ask("y = replace, Enter = leave it").strip().lower() in YES:
                return
        except EOFError:
            pass
    raise InputRefused(f"{path}: exists already and is left as it is; choose another name")


def dialogue() -> TextIO:
    """Return where a person is asked: standard error, unless only standard output is a terminal."""
    return sys.stdout if sys.stdout.isatty() and not sys.stderr.isatty() else sys.stderr


def read_observed(path: Path) -> Observed:
    """Return what a summary.json tells the rules.

    The summary's patterns are taken as they stand: those that depend on answers (medicines, an earlier palsy)
    know only the answers that were given when the clip was analysed.

    Raises
    ------
    InputRefused
        If the file is missing or its content is not what it should be.
    """
    try:
        return observed_from_summary(read_summary(path))
    except InputRefused as error:
        if str(error).startswith(str(path)):
            raise
        raise InputRefused(f"{path}: {error}") from error


def triage_from_files(answers_path: Path, summary_path: Path | None = None) -> Triage:
    """Return the triage of an answers file (TOML or JSON) and, if given, a summary.json."""
    answers = read_answers(answers_path)
    return triage(answers, None if summary_path is None else read_observed(summary_path))
