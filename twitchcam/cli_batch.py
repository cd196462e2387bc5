"""`twitchcam batch`: many clips, one table."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from twitchcam.cli_language import LANGUAGE

if TYPE_CHECKING:
    from twitchcam.session import Options

EXAMPLES = """\b
Examples:
  twitchcam batch clips --out study                every video in the folder and below
  twitchcam batch 'clips/*.mov' --out study --workers 4
  twitchcam batch study.csv --out study            a table with path, subject, session, answers, ...
  twitchcam batch clips --out study --shard 2/8    the second of eight parts, on another machine
  twitchcam batch clips --out study --scheduler tcp://head:8786
  twitchcam batch --merge --out study              only make the tables anew
"""


def batch(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH",
            help="Videos, folders, patterns, recording.npz files, or manifests (.csv).",
            show_default=False,
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder for the results.")] = Path(
        "twitchcam_results"
    ),
    manifest: Annotated[
        list[Path] | None,
        typer.Option("--manifest", metavar="FILE", help="A table of clips, as a PATH that ends in .csv."),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option("--workers", metavar="N", help="Processes at work; one for each core by default."),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", metavar="ADDRESS", help="A Dask cluster's scheduler, tcp://host:8786."),
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option("--shard", metavar="I/N", help="Do part I of N only; the parts share one --out."),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option("--timeout", metavar="S", help="Give a clip up after S seconds; it counts as failed."),
    ] = None,
    memory_mb: Annotated[
        float | None,
        typer.Option("--memory-mb", metavar="MB", help="Give a clip up that needs more memory than this."),
    ] = None,
    fail_fast: Annotated[
        bool, typer.Option("--fail-fast", help="Stop at the first clip that cannot be read.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Read every clip again to see whether it changed.")
    ] = False,
    merge: Annotated[
        bool, typer.Option("--merge", help="Only make the tables anew from what is finished.")
    ] = False,
    progress: Annotated[
        str,
        typer.Option("--progress", metavar="HOW", help="bar, json, plain or none; auto: bar or json."),
    ] = "auto",
    answers: Annotated[
        Path | None,
        typer.Option("--answers", metavar="FILE", help="Answers for clips whose row names none."),
    ] = None,
    protocol: Annotated[
        str | None,
        typer.Option("--protocol", metavar="NAME|FILE", help="The guided protocol that the clips follow."),
    ] = None,
    segments: Annotated[
        str | None,
        typer.Option("--segments", metavar="LIST", help="What was done when: rest:0-60,smile:60-66,..."),
    ] = None,
    mirrored: Annotated[
        bool, typer.Option("--mirrored", help="The videos are mirror images (selfie view).")
    ] = False,
    pd_mm: Annotated[
        float | None, typer.Option("--pd-mm", metavar="X", help="Pupillary distance in mm.")
    ] = None,
    real_fps: Annotated[
        float | None,
        typer.Option("--real-fps", metavar="X", help="Pictures a second that the camera took (slow motion)."),
    ] = None,
    exposure_ms: Annotated[
        float | None,
        typer.Option("--exposure-ms", metavar="X", help="Shutter time in ms, where it is known."),
    ] = None,
    overlay: Annotated[bool, typer.Option("--overlay", help="Also write overlay.mp4 for each clip.")] = False,
    backend: Annotated[
        str, typer.Option("--backend", metavar="NAME", help="Face tracker: facemesh or tasks.")
    ] = "facemesh",
    pdf: Annotated[bool, typer.Option("--pdf", help="Also write report.pdf for each clip.")] = False,
    paper: Annotated[str, typer.Option("--paper", metavar="a4|letter", help="Paper of report.pdf.")] = "a4",
    language: Annotated[str, LANGUAGE] = "en",
) -> None:
    """Measure many clips and put them into one table.

    Writes DIR/<clip>/ as analyze does, and batch.csv, batch.parquet, events.tsv, events.parquet and
    cohort.html for all of them. Run again, it goes on where it stopped: only new or changed clips and changed
    options are measured. Exit 0 when every clip was answered, 3 when some could not be read.
    """
    from twitchcam.batch.command import BatchOptions, run_batch
    from twitchcam.batch.jobs import parse_shard

    if merge:
        _merge(out)
        return
    asked = BatchOptions(
        paths=paths or [],
        out=out,
        manifests=manifest or [],
        options=_options(
            answers,
            protocol,
            segments,
            mirrored=mirrored,
            pd_mm=pd_mm,
            real_fps=real_fps,
            exposure_ms=exposure_ms,
            overlay=overlay,
            backend=backend,
            paper=paper if pdf else None,
            language=language,
        ),
        workers=workers,
        scheduler=scheduler,
        shard=parse_shard(shard),
        fail_fast=fail_fast,
        timeout_s=timeout,
        memory_mb=memory_mb,
        verify=verify,
        progress=progress,
    )
    status = run_batch(asked)
    if status:
        raise typer.Exit(status)


def _options(answers: Path | None, protocol: str | None, segments: str | None, **how: Any) -> Options:
    from twitchcam.edges.answers_file import read_answers
    from twitchcam.protocols import parse_segments, read_protocol
    from twitchcam.session import Options
    from twitchcam.triage.answers import Answers

    laid = read_protocol(protocol).segments() if protocol is not None else ()
    return Options(
        answers=read_answers(answers) if answers is not None else Answers(),
        segments=parse_segments(segments) if segments is not None else laid,
        **how,
    )


def _merge(out: Path) -> None:
    from twitchcam.batch.ledger import journal_files
    from twitchcam.batch.tables import make_tables
    from twitchcam.errors import InputRefused

    if not journal_files(out):
        raise InputRefused(f"{out}: no batch was run here; give the --out of one")
    count = make_tables(out)
    print(f"{count} clip{'' if count == 1 else 's'} in {out / 'batch.csv'}")
