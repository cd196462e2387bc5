"""`twitchcam history`: what earlier recordings show together."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twitchcam.errors import InputRefused, TwitchcamError

if TYPE_CHECKING:
    from twitchcam.edges.store import Store

EXAMPLES = """\b
Examples:
  twitchcam analyze phone.mp4 --history          keeps the numbers of a recording (never the video)
  twitchcam history list                         all that is kept, oldest first
  twitchcam history trend --out course.html      rate, size, sides and regions over time
  twitchcam history mark 2026-03-10 "botulinum toxin, left"
  twitchcam history compare                      before against after the last mark
  twitchcam history add results/* --person anna  results that were made earlier

Everything lies in one file in your own data folder (or --data-dir, or TWITCHCAM_DATA_DIR), which only you
can read.
"""

app = typer.Typer(
    name="history",
    help="Keep recordings' numbers over weeks and months: what lasts, grows, spreads or changes.",
    epilog=EXAMPLES,
    no_args_is_help=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

PersonOption = Annotated[str, typer.Option("--person", metavar="NAME", help="Whose history.")]
DataOption = Annotated[
    Path | None, typer.Option("--data-dir", metavar="DIR", help="Folder in which the history is kept.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]


def _open(data_dir: Path | None, *, create: bool = False) -> Store:
    from twitchcam.edges.store import open_store

    return open_store(data_dir, create=create)


def _there_is_one(data_dir: Path | None) -> bool:
    """Looking must not make a file."""
    from twitchcam.edges.store import FILE, data_folder

    return (data_folder(data_dir) / FILE).is_file()


def _say(lines: Any) -> None:
    for line in lines:
        print(line)


@app.callback(invoke_without_command=True)
def _main(context: typer.Context) -> None:
    """Keep recordings' numbers over weeks and months."""
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command("list", epilog="Example: twitchcam history list --person anna")
def list_sessions(
    person: PersonOption = "me", data_dir: DataOption = None, as_json: JsonOption = False
) -> None:
    """List the kept recordings, oldest first, with marks and notes."""
    from twitchcam.history_command import telling

    if not _there_is_one(data_dir):
        empty = {"person": person, "people": [], "sessions": [], "notes": [], "marks": []}
        print(telling.plain(empty) if as_json else telling.nothing_kept(person))
        return
    with _open(data_dir) as store:
        sessions, notes, marks = store.sessions(person), store.notes(person), store.marks(person)
        if as_json:
            from dataclasses import asdict

            print(
                telling.plain(
                    {
                        "person": person,
                        "people": [p.name for p in store.people()],
                        "sessions": [telling.kept_to_dict(kept) for kept in sessions],
                        "notes": [asdict(note) for note in notes],
                        "marks": [asdict(mark) for mark in marks],
                    }
                )
            )
        elif not (sessions or notes or marks):
            print(telling.nothing_kept(person, store.people()))
        else:
            _say(telling.list_lines(sessions, notes, marks))


@app.command(epilog="Example: twitchcam history show 3")
def show(
    session: Annotated[int, typer.Argument(metavar="NUMBER", help="Number of the session in the list.")],
    data_dir: DataOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print its whole summary as JSON.")] = False,
) -> None:
    """Show everything that is kept of one recording."""
    from twitchcam.history_command import telling

    with _open(data_dir) as store:
        kept = store.session(session)
        if as_json:
            content = {"answers": store.answers(session), "summary": store.summary(session)}
            print(telling.plain({**telling.kept_to_dict(kept), **content}))
        else:
            _say(telling.show_lines(store, kept))


@app.command(
    epilog="""\b
Examples:
  twitchcam history trend
  twitchcam history trend --out course.html      plots on a page of its own that needs no network
"""
)
def trend(
    person: PersonOption = "me",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the plots to this HTML or SVG file.")
    ] = None,
    data_dir: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show the course: how often, how far, on which side and where, with marks for treatments."""
    from dataclasses import asdict

    from twitchcam.history.build import build_course
    from twitchcam.history_command import telling

    if not _there_is_one(data_dir):
        print(telling.plain(asdict(build_course([]))) if as_json else telling.nothing_kept(person))
        return
    with _open(data_dir) as store:
        course = telling.course_in(store, person)
        if not course.points:
            nothing = telling.nothing_kept(person, store.people())
            print(telling.plain(asdict(course)) if as_json else nothing)
            return
        if out is not None:
            from twitchcam.edges.trend_page import write_trend_page
            from twitchcam.history_command.regions import region_series

            write_trend_page(out, course, region_series(store.sessions(person)), person)
        if as_json:
            print(telling.plain(asdict(course)))
        else:
            _say(telling.trend_lines(course))
            if out is not None:
                print(f"Plots: {out}")


@app.command(
    epilog="""\b
Examples:
  twitchcam history note "slept badly, three coffees"
  twitchcam history note "new glasses" --session 4
"""
)
def note(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What to remember.")],
    person: PersonOption = "me",
    date: Annotated[str, typer.Option("--date", metavar="DAY", help="The day it belongs to.")] = "today",
    session: Annotated[
        int | None, typer.Option("--session", metavar="NUMBER", help="The recording it belongs to.")
    ] = None,
    data_dir: DataOption = None,
) -> None:
    """Write something down beside the recordings."""
    from twitchcam.history_command.filmed import parse_date

    with _open(data_dir, create=True) as store:
        of_session = session is not None and date == "today"
        day = store.session(session).day if session is not None and of_session else parse_date(date)[:10]
        number = store.add_note(person, day, text, session)
        print(f"Note {number} of {person}, {day}.")


@app.command(
    epilog="""\b
Examples:
  twitchcam history mark 2026-03-10 "botulinum toxin, left"
  twitchcam history mark today "stopped coffee"
"""
)
def mark(
    day: Annotated[str, typer.Argument(metavar="DAY", help="When, as 2026-03-10, or today.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What was done.")],
    person: PersonOption = "me",
    data_dir: DataOption = None,
) -> None:
    """Mark the day of a treatment or another change; trends begin anew there, and compare looks across it."""
    from twitchcam.history_command.filmed import parse_date

    with _open(data_dir, create=True) as store:
        when = parse_date(day, "DAY")[:10]
        number = store.add_mark(person, when, text)
        print(f"Mark {number} of {person}, {when}: {' '.join(text.split())}")


@app.command(
    epilog="""\b
Examples:
  twitchcam history compare                     across the last mark
  twitchcam history compare --at 2026-03-10     across this day
  twitchcam history compare 3 7                 two recordings
"""
)
def compare(
    sessions: Annotated[
        list[int] | None, typer.Argument(metavar="[NUMBER NUMBER]", help="Two recordings of the list.")
    ] = None,
    person: PersonOption = "me",
    at: Annotated[
        str | None, typer.Option("--at", metavar="DAY", help="Before this day against from this day on.")
    ] = None,
    days: Annotated[
        int | None, typer.Option("--days", metavar="N", min=1, help="Only recordings so near to that day.")
    ] = None,
    data_dir: DataOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare before with after: like with like only, and says what could not be compared and why."""
    from twitchcam.history_command import telling
    from twitchcam.history_command.comparing import compare_kept

    with _open(data_dir) as store:
        result = compare_kept(store, person, sessions or [], at, days)
    if as_json:
        from dataclasses import asdict

        print(telling.plain(asdict(result)))
    else:
        _say(telling.compare_lines(result))


@app.command(
    epilog="""\b
Examples:
  twitchcam history add results/phone --date 2026-03-05
  twitchcam history add "twitchcam_results/live 2026-03-05 14.05.33"
"""
)
def add(
    results: Annotated[
        list[Path],
        typer.Argument(metavar="FOLDER", help="Results folders, or their summary.json or recording.npz."),
    ],
    person: PersonOption = "me",
    date: Annotated[
        str | None,
        typer.Option("--date", metavar="DAY", help="When it was filmed, where the name does not say it."),
    ] = None,
    data_dir: DataOption = None,
) -> None:
    """Take results that were made earlier into the history. What is there already is brought up to date."""
    from twitchcam.history_command.adding import read_results

    refused = 0
    with _open(data_dir, create=True) as store:
        for path in results:
            try:
                entry = read_results(path, date)
                number, new = store.add(person, entry)
            except TwitchcamError as error:
                print("twitchcam: " + " ".join(str(error).split()), file=sys.stderr)
                refused += 1
                continue
            done = "session" if new else "again session"
            print(f"{path}: {done} {number} of {person}, filmed {entry.filmed_at[:16].replace('T', ' ')}")
    if refused:
        raise typer.Exit(2)


@app.command(
    epilog="""\b
Examples:
  twitchcam history delete --session 3
  twitchcam history delete --note 2 --mark 1
  twitchcam history delete --all --yes --person anna     everything of anna
"""
)
def delete(
    session: Annotated[
        list[int] | None, typer.Option("--session", metavar="NUMBER", help="A recording (may be repeated).")
    ] = None,
    note: Annotated[
        list[int] | None, typer.Option("--note", metavar="NUMBER", help="A note (may be repeated).")
    ] = None,
    mark: Annotated[
        list[int] | None, typer.Option("--mark", metavar="NUMBER", help="A mark (may be repeated).")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Everything of this person.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    person: PersonOption = "me",
    data_dir: DataOption = None,
) -> None:
    """Delete for good: it is overwritten in the file. Results folders elsewhere are not touched."""
    from twitchcam.history_command.deleting import Wanted, confirmed, copies_aside, in_words

    wanted = Wanted(tuple(session or ()), tuple(note or ()), tuple(mark or ()), everything)
    with _open(data_dir) as store:
        what = in_words(store, person, wanted)
        if not yes and not confirmed(what):
            raise InputRefused("nothing was deleted; --yes deletes without asking")
        clean = store.delete(
            person, sessions=wanted.sessions, notes=wanted.notes, marks=wanted.marks, everything=everything
        )
    print(f"Deleted: {what}.")
    if not clean:
        print(
            "twitchcam: another program has the history open, so traces may lie in the file "
            "history.db-wal until that has ended; run 'twitchcam history check' then",
            file=sys.stderr,
        )
    for copy in copies_aside(store.path):
        print(f"twitchcam: {copy}: put aside by a repair, may still hold it; delete it too", file=sys.stderr)


@app.command("export", epilog="Example: twitchcam history export history.json")
def export_history(
    target: Annotated[Path, typer.Argument(metavar="FILE", help="The JSON file to write.")],
    person: Annotated[
        str | None, typer.Option("--person", metavar="NAME", help="Only this person; otherwise everybody.")
    ] = None,
    data_dir: DataOption = None,
) -> None:
    """Write everything that is kept to one JSON file, readable by you only; import reads it back."""
    from twitchcam import __version__
    from twitchcam.edges.history_file import write_history

    if target.exists():
        raise InputRefused(f"{target}: exists already and is left as it is; choose another name")
    with _open(data_dir) as store:
        tables = store.dump(person)
    write_history(target, tables, f"twitchcam {__version__}")
    counts = [len(tables[name]) for name in ("session", "note", "mark")]
    print("{} recordings, {} notes, {} marks: {}".format(*counts, target))


@app.command("import", epilog="Example: twitchcam history import history.json")
def import_history(
    source: Annotated[Path, typer.Argument(metavar="FILE", help="A file of 'history export'.")],
    person: Annotated[
        str | None, typer.Option("--person", metavar="NAME", help="Give all of it to this person.")
    ] = None,
    data_dir: DataOption = None,
) -> None:
    """Add what another history exported. What is there already stays as it is."""
    from twitchcam.edges.history_file import read_history

    tables = read_history(source)
    with _open(data_dir, create=True) as store:
        try:
            new = store.load(tables, person)
        except InputRefused as error:
            raise InputRefused(f"{source}: {error}") from error
    known = len(tables.get("session", ())) - new
    print(f"{new} recordings added" + (f", {known} were there already" if known else "") + ".")


@app.command(
    epilog="""\b
Examples:
  twitchcam history check
  twitchcam history check --repair      a new file of what can be read; the damaged one is put aside
"""
)
def check(
    repair: Annotated[
        bool, typer.Option("--repair", help="Save what can be read of a damaged history into a new one.")
    ] = False,
    data_dir: DataOption = None,
) -> None:
    """Look whether the history's file is whole."""
    from twitchcam.edges.store import FILE, check_integrity, data_folder, open_store
    from twitchcam.edges.store import repair as mend

    path = data_folder(data_dir) / FILE
    if path.exists() and not path.is_file():
        raise InputRefused(f"{path}: is no ordinary file, so no history can be kept here; move it away")
    if not path.is_file():
        print(f"No history is kept in {path.parent} yet.")
        return
    wrong = check_integrity(path)
    if not wrong:
        with open_store(data_dir) as store:  # also empties the write-ahead log at the end
            n = sum(p.sessions for p in store.people())
        print(f"{path}: whole, {n} recordings.")
    elif not repair:
        raise InputRefused(
            f"{path}: the history is damaged ({wrong[0]}); 'twitchcam history check --repair' saves what can "
            "still be read and keeps the damaged file beside it"
        )
    else:
        saved = mend(path)
        print(
            f"Saved {saved.sessions} recordings, {saved.notes} notes and {saved.marks} marks. The damaged "
            f"file is {saved.aside}; delete it when nothing is missing."
        )
