"""Environment: the templates with what all of them may use, and the page's scripts with their hashes."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from pathlib import Path

import jinja2

from twitchcam.edges.report import estimates, names, wording
from twitchcam.edges.report.course import told_day
from twitchcam.edges.report.findings import filming_tips
from twitchcam.edges.report.speech import decimal, general, marked, tn, within
from twitchcam.plain import on_page

TEMPLATES = Path(__file__).parent / "templates"
SCRIPTS = ("traces.js", "films.js", "print.js", "check.js")
"""What the page's one script is made of; the page's policy allows it and no other."""


@lru_cache(maxsize=1)
def page_template() -> jinja2.Template:
    """Return the page's template."""
    env = make_environment(TEMPLATES)
    script = "\n".join(_read(name) for name in SCRIPTS)
    env.globals.update(
        t=marked,
        tn=tn,
        w=wording,
        names=names,
        decimal=decimal,
        general=general,
        filming_tips=filming_tips,
        told_day=told_day,
        value_text=estimates.value_text,
        within=within,
        script=script,
        script_hash=policy_hash(script),
        style=_read("report.css"),
    )
    return env.get_template("report.html")


def make_environment(templates: Path) -> jinja2.Environment:
    """Return what renders the templates of a folder: everything put in is escaped, nothing may be missing."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates),
        autoescape=True,
        finalize=on_page,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def policy_hash(text: str) -> str:
    """Return the hash of a script or style as a content security policy names it."""
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"sha256-{digest}"


def _read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")
