"""Sources of the scales, by the tags of the clinical reference; those of the rules stand in rules.toml."""

from __future__ import annotations

from typing import Final

SCALE_SOURCES: Final[dict[str, str]] = {
    "S20": "Agreement of hemifacial spasm scales on 45 videos, PMC10480239",
    "S21": "SMC grading of hemifacial spasm, 118 patients (discovery.researcher.life)",
    "S22b": "Fahn-Tolosa-Marin tremor rating scale, PMC5963668, table T1",
    "S22c": "Fahn-Tolosa-Marin tremor rating scale, nasafordoctors.co.za, articles aid=67",
    "S25": "Sunnybrook scores of healthy faces, PubMed 39215610",
    "S29": "House-Brackmann grading, Medscape 2172449",
    "S29b": "House-Brackmann grading and its measured form (9pdf.co)",
    "S30": "Sunnybrook facial grading system, public copies of the form",
    "S30b": "Sunnybrook facial grading system, criteria (BMJ)",
    "S34": "Guarin 2020, PubMed 32053425: landmarks follow a weak face less far",
    "S37": "Noticeable and acceptable facial asymmetry (discovery.researcher.life)",
}
"""What stands behind each tag."""
