"""The command line. Heavy modules are imported inside the commands, so that --help is quick."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twitchcam import __version__
from twitchcam.cli_batch import EXAMPLES as BATCH_EXAMPLES
from twitchcam.cli_batch import batch
from twitchcam.cli_bench import EXAMPLES as BENCH_EXAMPLES
from twitchcam.cli_bench import bench
from twitchcam.cli_doctor import EXAMPLES as DOCTOR_EXAMPLES
from twitchcam.cli_doctor import doctor
from twitchcam.cli_export import EXAMPLES as EXPORT_EXAMPLES
from twitchcam.cli_export import export
from twitchcam.cli_history import app as history_app
from twitchcam.cli_language import LANGUAGE
from twitchcam.cli_live import EXAMPLES as LIVE_EXAMPLES
from twitchcam.cli_live import live
from twitchcam.cli_report import EXAMPLES as REPORT_EXAMPLES
from twitchcam.cli_report import report
from twitchcam.cli_review import EXAMPLES as REVIEW_EXAMPLES
from twitchcam.cli_review import review
from twitchcam.cli_synth import EXAMPLES, synth
from twitchcam.cli_triage import EXAMPLES as TRIAGE_EXAMPLES
from twitchcam.cli_triage import triage
from twitchcam.errors import InputRefused, TwitchcamError, of_path
from twitchcam.plain import one_line
from twitchcam.progress import ProgressDisplay
from twitchcam.stopping import STOPPED, Stopping, ending_signals, is_stop
from twitchcam.streams import OutputClosed, flush_output, set_up_streams
from twitchcam.supervise.line import each, telling

if TYPE_CHECKING:
    from twitchcam.course import Course
    from twitchcam.history_command.remember import Remembering
    from twitchcam.protocol import Segment
    from twitchcam.session import Options, Result
    from twitchcam.summary import Summary
    from twitchcam.types import Recording

app = typer.Typer(
    name="twitchcam",
    help="Measures how the lips twitch in a face video: how often, how fast, how far, on which side. "
    "It observes; it never diagnoses. Nothing leaves this computer.",
    epilog="Example: twitchcam analyze phone.mp4 --out results",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

REFUSED = 2
STOPPING = "stopping: what was measured so far is concluded and written; once more stops at once"
NO_MEMORY = "memory ran out; close other programs, or make the video smaller (1280x720 is plenty)"
CLOSED = 141
"""Whoever read the output had enough (`| head -1`): what shells make of SIGPIPE."""


def app_main() -> None:
    """Run the program: exit 0 when answered, 2 when an input was refused, 1 only for a bug.

    130 after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP, 141 when the output was closed by its reader.
    """
    set_up_streams()
    # The work is shared out over threads already: BLAS threads would fight them for the cores (measured: a
    # third more time). Must be set before numpy is loaded.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Processes that are started from here look for no modules in the working folder: clips may come with any.
    os.environ.setdefault("PYTHONSAFEPATH", "1")
    with ending_signals() as ending:
        try:
            status = _run()
        except KeyboardInterrupt:  # while the last lines were written
            status = STOPPED
        status = ending.status if status == STOPPED else status
    if is_stop(status):
        print("twitchcam: stopped", file=sys.stderr)
    sys.exit(status)


def _run() -> int:
    """Run the command that is asked for; return the exit status."""
    try:
        status = app(prog_name="twitchcam", standalone_mode=False)
        flush_output()
    except (KeyboardInterrupt, typer.Abort):
        status = STOPPED
    except OutputClosed:
        status = CLOSED
    except TwitchcamError as error:
        refuse(str(error))
        status = REFUSED
    except MemoryError:
        refuse(NO_MEMORY)
        status = REFUSED
    except ImportError as error:
        from twitchcam.doctor.start import without_library

        status = without_library(error, ())
    except OSError as error:
        line = of_path(error)
        if line is None:
            raise
        refuse(line)
        status = REFUSED
    except Exception as error:
        # Typer's own errors in options. Their class has another home in each version of Typer.
        if not hasattr(error, "format_message"):
            raise
        refuse(usage_line(error))
        status = REFUSED
    return int(status or 0)


def tell(message: str) -> None:
    """Say something in one line on standard error."""
    print("twitchcam: " + one_line(message), file=sys.stderr)


def refuse(message: str) -> None:
    """Say in one line on standard error what was refused."""
    tell(message)


def usage_line(error: Any) -> str:
    """Return an error of Typer in a command's options as one line: what, where, what to do."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "twitchcam"
    return f"{error.format_message().rstrip('.')} (see '{command} --help')"


def _version(wanted: bool) -> None:
    if wanted:
        print(f"twitchcam {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _main(
    context: typer.Context,
    _show: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Measures how the lips twitch in a face video."""
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command(
    epilog="""\b
Examples:
  twitchcam analyze phone.mp4 --out results      then open results/phone/report.html
  twitchcam analyze *.mp4 --json                 one JSON object a line
  twitchcam analyze guided.mp4 --protocol standard
  twitchcam analyze phone.mp4 --pdf              also results as two pages to print (--paper letter)
  twitchcam analyze results/phone/recording.npz --answers answers.toml --out again
  twitchcam analyze phone.mp4 --history          also kept, and set beside earlier ones
"""
)
def analyze(
    clips: Annotated[
        list[Path],
        typer.Argument(
            metavar="CLIP", help="Videos, or recording.npz files of earlier runs.", show_default=False
        ),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the results.")] = Path(
        "twitchcam_results"
    ),
    answers: Annotated[
        Path | None,
        typer.Option("--answers", metavar="FILE", help="Answers to the questionnaire, TOML or JSON."),
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option(
            "--protocol",
            metavar="NAME|FILE",
            help="The guided protocol that was followed from the clip's start: standard, short, or a file.",
        ),
    ] = None,
    segments: Annotated[
        str | None,
        typer.Option(
            "--segments",
            metavar="LIST",
            help="What was done when, in seconds: rest:0-60,smile:60-66,... Goes before --protocol.",
        ),
    ] = None,
    mirrored: Annotated[
        bool,
        typer.Option("--mirrored", help="The video is a mirror image (selfie view): swap the sides back."),
    ] = False,
    pd_mm: Annotated[
        float | None,
        typer.Option("--pd-mm", metavar="X", help="Your pupillary distance in mm, for a better scale."),
    ] = None,
    real_fps: Annotated[
        float | None,
        typer.Option(
            "--real-fps",
            metavar="X",
            help="Pictures a second that the camera took, for slow motion whose file does not tell it (240).",
        ),
    ] = None,
    exposure_ms: Annotated[
        float | None,
        typer.Option("--exposure-ms", metavar="X", help="Shutter time in ms, where it is known."),
    ] = None,
    landmarks: Annotated[
        bool,
        typer.Option(
            "--landmarks", help="Also write landmarks.csv: the face mesh's points (about 10 MB a minute)."
        ),
    ] = False,
    overlay: Annotated[
        bool, typer.Option("--overlay", help="Also write overlay.mp4, the clip with what was found drawn in.")
    ] = False,
    magnify: Annotated[
        float | None,
        typer.Option(
            "--magnify",
            metavar="N",
            help="Also write magnified.mp4: the mouth held still, its motion N times as large (2-50).",
        ),
    ] = None,
    pictures: Annotated[
        bool,
        typer.Option(
            "--pictures",
            help="Put loops of the strongest twitches into the report: pictures of the face, in its file.",
        ),
    ] = False,
    backend: Annotated[
        str,
        typer.Option("--backend", metavar="NAME", help="Face tracker: facemesh or tasks (models/README.md)."),
    ] = "facemesh",
    pdf: Annotated[
        bool, typer.Option("--pdf", help="Also write report.pdf: two pages to print and hand to a doctor.")
    ] = False,
    paper: Annotated[str, typer.Option("--paper", metavar="a4|letter", help="Paper of report.pdf.")] = "a4",
    language: Annotated[str, LANGUAGE] = "en",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print each summary as a line of JSON, and no progress.")
    ] = False,
    history: Annotated[
        bool,
        typer.Option("--history", help="Keep the numbers, and set them beside earlier ones of this person."),
    ] = False,
    person: Annotated[
        str, typer.Option("--person", metavar="NAME", help="With --history: whose face it is.")
    ] = "me",
    date: Annotated[
        str | None,
        typer.Option("--date", metavar="DAY", help="With --history: when it was filmed (2026-03-05)."),
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option("--data-dir", metavar="DIR", help="Folder in which the history is kept.")
    ] = None,
) -> None:
    """Measure the twitches in recorded clips.

    Writes DIR/<clip name>/ with summary.json, events.tsv, signals.csv, recording.npz and report.html. A clip
    that cannot be read is named, and the others are analysed.
    """
    from twitchcam.edges.answers_file import read_answers
    from twitchcam.session import Options
    from twitchcam.triage.answers import Answers

    check_names(clips)
    given = read_answers(answers) if answers is not None else Answers()
    guided = guided_segments(protocol, segments)
    options = Options(
        mirrored=mirrored,
        pd_mm=pd_mm,
        real_fps=real_fps,
        exposure_ms=exposure_ms,
        overlay=overlay,
        landmarks=landmarks,
        magnify=magnify,
        pictures=pictures,
        backend=backend,
        paper=paper_of(pdf, paper),
        language=language,
        answers=given,
        segments=guided,
    )
    remembering = None
    if history:
        from twitchcam.history_command.remember import Remembering

        remembering = Remembering(person, data_dir)
        remembering.check()
    elif date is not None or data_dir is not None or person != "me":
        raise InputRefused("--person, --date and --data-dir belong to the history; add --history to keep it")
    refused = 0
    with Stopping(STOPPING) as stopping:
        for clip in each(clips):
            if stopping.asked:
                break
            try:
                if remembering is None:
                    _analyze_one(clip, out, options, as_json, stopping)
                else:
                    _remember_one(clip, out, options, as_json, stopping, remembering, date)
            except TwitchcamError as error:
                refuse(str(error))
                refused += 1
            except KeyboardInterrupt:
                if stopping.insisted or stopping.status == 0:
                    raise
                break  # it was stopped before its first picture
            except MemoryError:  # the next one may be smaller
                refuse(f"{clip}: {NO_MEMORY}")
                refused += 1
    if stopping.asked or refused:
        raise typer.Exit(stopping.status or REFUSED)


def guided_segments(protocol: str | None, segments: str | None) -> tuple[Segment, ...]:
    """Return the segments that the options name, those of `--segments` before those of `--protocol`."""
    from twitchcam.protocols import parse_segments, read_protocol

    laid = read_protocol(protocol).segments() if protocol is not None else ()
    return parse_segments(segments) if segments is not None else laid


def paper_of(pdf: bool, paper: str) -> str | None:
    """Return the paper of the PDF that is wanted, None without one; a wrong paper is refused either way."""
    from twitchcam.edges.pdf import check_paper

    checked = check_paper(paper)
    return checked if pdf else None


def check_names(clips: list[Path]) -> None:
    """Refuse clips whose results would overwrite each other."""
    from twitchcam.session import name_of

    seen: dict[str, Path] = {}
    for clip in clips:
        name = name_of(clip)
        other = seen.setdefault(name, clip)
        if other is not clip:
            raise InputRefused(
                f"{other} and {clip} would both be written to the folder {name}; give them different --out"
            )


def _remember_one(
    clip: Path,
    out: Path,
    options: Options,
    as_json: bool,
    stopping: Stopping,
    remembering: Remembering,
    date: str | None,
) -> None:
    """Analyse a clip beside the person's earlier ones, and keep it."""
    from dataclasses import replace

    from twitchcam.history_command.filmed import HOW, filmed_clip, filmed_results
    from twitchcam.session import is_recording

    filmed = (filmed_results if is_recording(clip) else filmed_clip)(clip, date)
    troubles: list[TwitchcamError] = []

    def course(recording: Recording, summary: Summary) -> Course | None:
        try:
            return remembering.course(recording, summary, filmed)
        except TwitchcamError as error:  # what was measured is written all the same
            troubles.append(error)
            return None

    result = _analyze_one(clip, out, replace(options, course=course), as_json, stopping)
    if result.stopped:
        tell("not kept in the history, for it was not measured to its end")
        return
    try:
        if troubles:
            raise troubles[0]
        number, new = remembering.keep(result.recording, result.summary, filmed)
    except TwitchcamError as error:
        raise InputRefused(
            f"{error} - {clip.name} is not in the history; its results are written, and 'twitchcam history "
            f"add {result.folder}' keeps them later"
        ) from error
    if not as_json:
        assert result.summary.history is not None
        print("History: " + " ".join(result.summary.history.sentences))
        done = "Kept" if new else "Kept again, in the place of its earlier result,"
        when = filmed.at[:16].replace("T", " ")
        print(f"{done} as session {number} of {remembering.person}, filmed {when} ({HOW[filmed.how]}).")


def _analyze_one(clip: Path, out: Path, options: Options, as_json: bool, stopping: Stopping) -> Result:
    from twitchcam.session import analyse_clip, analyse_recording, is_recording

    with ProgressDisplay(clip.name, quiet=as_json) as display:
        progress = telling(display)
        if is_recording(clip):
            result = analyse_recording(clip, out, options, progress=progress)
        else:
            result = analyse_clip(clip, out, options, progress=progress, stop=lambda: stopping.asked)
    if result.stopped and result.folder is None:
        tell(f"{out / clip.stem}: what an earlier run measured there is more, and was left as it is")
    if as_json:
        print_json(result)
    else:
        print_findings(clip, result, options.language)
    return result


def print_json(result: Result) -> None:
    """Print the summary as one JSON object on one line."""
    import json

    from twitchcam.edges.outputs import summary_to_dict

    print(json.dumps(summary_to_dict(result.summary), allow_nan=False), flush=True)


def print_findings(clip: Path, result: Result, language: str = "en") -> None:
    """Print what was found in plain sentences, and where the report is."""
    from twitchcam.edges.report.findings import findings_and_level
    from twitchcam.edges.report.speech import speaking, t
    from twitchcam.result_files import PDF, REPORT

    with speaking(language):
        print(f"{one_line(clip.name)}: " + " ".join(findings_and_level(result.summary)))
        if result.folder is not None:
            print(t("Report: {file:s}", file=one_line(str(result.folder / REPORT))), flush=True)
            if (result.folder / PDF).is_file():
                print(t("To print: {file:s}", file=one_line(str(result.folder / PDF))), flush=True)


app.command(epilog=TRIAGE_EXAMPLES)(triage)
app.command(epilog=LIVE_EXAMPLES)(live)
app.command(epilog=REPORT_EXAMPLES)(report)
app.command(epilog=REVIEW_EXAMPLES)(review)
app.command(epilog=EXAMPLES)(synth)
app.command(epilog=BATCH_EXAMPLES)(batch)
app.command(epilog=BENCH_EXAMPLES)(bench)
app.command(epilog=EXPORT_EXAMPLES)(export)
app.command(epilog=DOCTOR_EXAMPLES)(doctor)
app.add_typer(history_app, name="history")
