"""Settings of the analysis: every number with its unit, the reason for its value and where that comes from.

"synthetic recordings" are those of `tests/recordings.py`; "bench" is `scripts/study_back.py`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from math import inf

from twitchcam.errors import SettingsError


@dataclass(frozen=True, slots=True)
class AnalysisSettings:
    """Thresholds and windows of the back. All are positive; units stand in the names."""

    gap_intervals: float = 1.6
    """A pause longer than this many frame intervals is a gap. One dropped frame makes 2; jitter stays below
    1.5."""
    bridge_s: float = 0.1
    """Missing frames up to this long are bridged inside the filters so that one dropped frame does not cut
    a twitch in two. They stay NaN in every output and never hold a peak."""

    drift_window_s: float = 16.0
    """Slow drift is the running median over this time: pulls of up to half of it (8 s) keep their offset."""
    lowpass_hz: float = 20.0
    """Visible tremor ends at 12-15 Hz and a twitch of 80 ms at 20 Hz; above it a faster camera only adds
    noise."""
    shortest_s: float = 0.02
    """Nothing on a face moves and returns within this; shorter jumps are errors of single frames (seen from
    50 fps on)."""
    drop_below_hz: float = 0.7
    """Head sway leaks at 0.05-0.8 Hz; activity is measured above this."""

    noise_window_s: float = 2.0
    """Length of one noise spectrum: 0.5 Hz steps, short enough to fall between twitches."""
    noise_low_hz: float = 2.0
    noise_high_hz: float = 13.0
    """The band in which twitches are detected, so the noise is measured there."""
    noise_quantile: float = 0.3
    """Quiet windows: the noise of a recording is this quantile over its windows (corrected for the
    quantile's bias)."""

    detect_sigma: float = 7.2
    """Prominence of a peak in units of the noise's standard deviation: one false event in 10 minutes of
    white noise over the 19 regions (synthetic recordings)."""
    detect_sigma_smooth: float = 6.6
    """The same in motion smoothed over 0.03 s, where fewer independent peaks occur."""
    heavy_tail_factor: float = 1.32
    """Compressed video has heavier tails than white noise: both are raised by up to this much with the tails
    that the recording itself shows (the least that keeps a minute of sway, blinks and H.264 free of
    events)."""
    matched_sigma: float = 5.5
    """The matched filters' statistic, over 19 regions and five lengths, passes this once in ten minutes of
    noise (bench; scripts/study_back.py)."""
    min_snr: float = 1.6
    """Amplitude over the peak-to-peak that noise alone reaches in the same time."""
    train_fraction: float = 0.58
    """Between cycles that pass the threshold, weaker ones from this fraction of it on are the same
    train's."""
    floor_mm: float = 0.03
    """No movement smaller than this is called a twitch, however low the noise. Pulse and breathing recur and
    so count as noise: the matched filters take it from the recording."""
    lid_floor_mm: float = 0.6
    """The lids are never still: saccades and micro-blinks move them by half a millimetre."""
    brow_floor_mm: float = 0.2
    """Brow skin follows the lids."""
    span_sigma: float = 3.5
    """Stretches worth searching for peaks reach this many sigmas; they end below `span_low_sigma`."""
    span_low_sigma: float = 2.2
    span_merge_s: float = 0.25
    """Stretches closer than this are searched together, so that trains keep one axis."""
    prominence_window_s: float = 0.64
    """A twitch of up to 400 ms rises and falls within this; head sway (below 0.8 Hz) hardly does."""
    prominence_fraction: float = 0.2
    """A ripple below this fraction of the largest twitch within 0.3 s belongs to that twitch."""
    same_event_s: float = 0.06
    """Peaks of different regions within this are one event: the muscles of one nerve fire within a frame or
    two."""
    region_fraction: float = 0.3
    """A region takes part in an event from this fraction of the strongest one on."""
    side_ratio: float = 0.5
    """One-sided when the other side moves less than this fraction."""

    tonic_floor_mm: float = 0.35
    """A pull that lasts is counted from here: slow leak of head sway reaches 0.1-0.2 mm."""
    tonic_sigma: float = 6.0
    tonic_min_s: float = 0.45
    """Above half its height for longer than this: tonic. A twitch of 400 ms stays above half for 200 ms."""

    run_gap_s: float = 1.6
    """Events closer than this belong to one run, so that 0.7 Hz, scattered by a tenth, is still a train."""
    run_min_events: int = 3

    blink_closure: float = 0.35
    """Closed fraction of the lid gap that makes a blink; mesh noise stays below 0.15."""
    blink_conjugate: float = 0.5
    """A blink closes both eyes; below this ratio of the two it is not one (hemifacial spasm, wink)."""
    blink_max_s: float = 1.0
    """Eyes closed for longer are not blinking: blinks last 0.1-0.4 s, drowsy ones up to a second; scales of
    blepharospasm cut at 1 s too (clinical reference, D, JRS). Our own choice."""
    blink_leak_mm: float = 0.35
    """What a blink moves around the mouth by the overlap of the spatial basis; a larger movement is its own
    event."""
    blink_leak_fraction: float = 0.06

    blink_settle_s: float = 0.25
    """The lids settle, and the mesh catches up, for so long after a blink."""

    speech_opening_mm: float = 2.0
    """The gap between the lips varies by so much when someone speaks (2-15 mm)."""
    tremor_concentration: float = 0.85
    """A tremor keeps this part of its 1-10 Hz power within 1 Hz; speech spreads over 2-8 Hz."""
    speech_wide_mm: float = 6.0
    """However even, a gap that swings this far is the jaw at work (speech, chewing), not a tremor of the
    lips."""
    work_mm: float = 0.8
    """Both halves of the mouth move by so much within 0.3 s in speech and chewing (mumbling: 0.6-2.5 mm)."""
    work_unevenness: float = 0.5
    """Work moves both halves alike: of one-sided movements as much is 'apart' as 'together' (1), of a side
    that goes a third as far as the other a half."""
    open_mm: float = 3.0
    open_unevenness: float = 0.8
    """Once the mesh sees the lips part by `open_mm`, teeth and tongue mislead the registration by millimetres
    to one side (synthetic chewing: 0.5); a spasm of one side has 1."""
    jaw_share: float = 0.4
    """In speech the chin goes along with the lower lip by this part or more (the jaw carries both); a twitch
    of the lip alone leaves the chin a quarter of it."""
    speech_one_shape: float = 0.9
    """Speech that hardly opens the mouth still rounds and widens it: one fixed shape explains less than this
    of its variance. Twitches of one place repeat one shape."""
    chew_chin_mm: float = 1.5
    """The chin goes down by this much in chewing (some mm to cm)."""
    chew_low_hz: float = 0.5
    chew_high_hz: float = 2.6
    """Chewing has 0.9-2.2 cycles a second, below 3 even when hurried (clinical reference)."""
    chew_slow_share: float = 0.85
    """Part of the jaw's 0.4-10 Hz power below `chew_high_hz`: nearly all in chewing, two thirds in speech."""
    yawn_opening_mm: float = 9.0
    """Wider than almost all syllables; a mouth that stays so open for `yawn_min_s` yawns."""
    yawn_min_s: float = 1.0
    grin_mm: float = 4.0
    """A mouth open wide and broader by this is smiling: corners part by 5-20 mm; a yawn narrows it."""
    expression_mm: float = 1.0
    """The mouth (or the brows) goes so far, both sides together, in the smallest expression; smiles move
    the corners by 7-22 mm."""
    expression_min_s: float = 0.4
    """Above half its height for so long; what is shorter is a movement."""
    expression_even: float = 0.25
    """What the sides do apart over what they do together in a smile: corners differ by 3 mm of 14 at most
    (clinical reference, smile asymmetry)."""
    expression_unevenness: float = 0.65
    """A weak side goes at least a fifth as far as the good one; beyond, the pull is one-sided."""
    expression_attack_s: float = 0.12
    """An uneven expression rises (15-85 %) at least as slowly: people take 0.25 s and more for a smile, a
    spasm is there within 0.1 s."""
    smile_margin_s: float = 0.1
    head_speed_mm_s: float = 35.0
    """2 mm of sway at 0.8 Hz is 10 mm/s; registration stays right to about three times that."""
    head_turn_deg_s: float = 25.0
    """1.5 degrees at 0.8 Hz is 7.5 degrees/s."""
    head_turn_deg: float = 7.0
    """Within 0.7 s: a turn. Sway of 1.5 degrees goes 3, a nod of the head 10 and more; what the turn leaves
    in the lips (0.05 mm a degree) would look like a pull."""
    turned_away_deg: float = 14.0
    """Yaw or pitch so far from the recording's usual pose: the reference does not fit any more. At 10 degrees
    the lips are off by half a millimetre, at 18 by several (synthetic clip)."""
    match_low: float = 0.45
    """Below this correlation with its reference a region is covered or looks different."""
    occluded_lips: int = 5
    """So many lip regions gone at once: something is in front of the mouth."""
    sharpness_low: float = 0.3
    brightness_low: float = 0.12
    gate_margin_s: float = 0.12
    """A gate also covers this much before and after; larger margins would hide the twitch that follows a
    blink."""

    yaw_limit_deg: float = 18.0
    """Beyond this left and right are not compared. Up to 15 degrees the foreshortening is undone well enough
    for an index within 0.1 (scripts/conditions.py); the mesh reads yaw to 2-3 degrees."""
    yaw_side_limit_deg: float = 35.0
    """Beyond this the far half of the mouth is hidden and no side is given."""
    min_rate_s: float = 5.0
    """Fewer usable seconds give no rate: one event would be 12 a minute or more."""
    min_usable_s: float = 2.0
    """Fewer usable seconds answer nothing."""
    short_s: float = 10.0
    """Fewer usable seconds give only a first impression."""
    rule_out_s: float = 60.0
    """Twitches are intermittent: a shorter recording that shows none says little (clinical reference,
    section 0.8)."""
    least_fps_hz: float = 6.0
    """Fewer new pictures a second answer nothing: a twitch of 0.1-0.2 s falls between two of them (our own
    choice)."""
    min_fps_hz: float = 20.0
    """No frequency is given below this frame rate (clinical reference, D4)."""
    min_eye_distance_px: float = 40.0
    plausible_low: float = 0.5
    rhythm_p: float = 0.001
    """Level of the test for a spectral peak, over all frequencies searched."""
    max_hz: float = 15.0
    coincidence_s: float = 0.05
    """Cross-muscle latencies are 10-35 ms: wider windows only add chance coincidences (clinical reference,
    0.3)."""
    surrogates: int = 999

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if not 0 < value < inf:
                raise SettingsError(f"analysis setting {name} must be a number above 0, got {value}")
        if self.noise_quantile >= 1:
            raise SettingsError(f"analysis setting noise_quantile must be below 1, got {self.noise_quantile}")
        if self.span_low_sigma > self.span_sigma:
            raise SettingsError("analysis setting span_low_sigma must not exceed span_sigma")
        if self.noise_low_hz >= self.noise_high_hz:
            raise SettingsError("analysis setting noise_low_hz must be below noise_high_hz")
