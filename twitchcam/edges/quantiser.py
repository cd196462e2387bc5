"""How coarsely each picture was coded: the quantiser's step, in grey levels of an orthonormal transform.

H.264, MPEG-2 and MPEG-4 decoders tell it for every block, VP9's for every picture. HEVC, AV1 and VP8 decoders
keep it to themselves; there it is read from the headers of the packets (FFmpeg's `trace_headers`, 0.04 ms a
packet), one step a picture. What other codecs did is not known: None.
"""

from __future__ import annotations

import re
from typing import Any, Final

import av
import av.logging
import numpy as np
from av.bitstream import BitStreamFilterContext
from av.packet import Packet
from av.sidedata.sidedata import SideDataContainer
from av.sidedata.sidedata import Type as SideDataType
from av.video.stream import VideoStream

from twitchcam.types import FloatArray

TOLD_BY_DECODER: Final = frozenset({"h264", "vp9", "mpeg1video", "mpeg2video", "mpeg4", "h263", "flv1"})
READ_FROM_HEADERS: Final = frozenset({"hevc", "av1", "vp8"})
_FIELD: Final = re.compile(r"\s(init_qp_minus26|slice_qp_delta|base_q_idx|base_qindex)\s.*=\s*(-?\d+)\s*$")
_WAITING: Final = 64
"""Packets whose pictures have not come out yet; no codec reorders more."""
_VP9_INDEX: Final = (0, 1, 95, 96, 120, 137, 150, 160, 169, 187, 214, 235, 255)
_VP9_AC: Final = (4, 8, 102, 104, 152, 203, 255, 305, 359, 501, 832, 1243, 1828)
"""Of the tables of VP9 and AV1 (8 bits) the corners; between them they run straight within 2 %."""
_VP8_INDEX: Final = (0, 54, 84, 103, 127)
_VP8_AC: Final = (4, 58, 119, 177, 284)


def ask_for_steps(stream: VideoStream) -> None:
    """Ask the stream's decoder to tell its quantisers; before the first packet is decoded."""
    if stream.codec_context.name in TOLD_BY_DECODER:
        stream.codec_context.options = stream.codec_context.options | {"export_side_data": "venc_params"}


def steps_of(frame: av.VideoFrame) -> FloatArray | None:
    """Return the (rows, columns) quantiser steps of a decoded frame's blocks, in 8-bit grey levels.

    (1, 1) where only one is known for the whole picture; None where none is. Kept in `frame.opaque` by
    `HeaderReader`, else read from what the decoder says.
    """
    if isinstance(frame.opaque, float):
        return np.array([[frame.opaque]], np.float32)
    # Not `frame.side_data`: the frame would keep that, and that the frame. Hundreds of pictures would wait
    # for the collector of such circles, which does not know how large they are.
    container: Any = SideDataContainer  # the stubs name neither its argument nor these data
    known = container(frame)
    said = known.get(SideDataType.VIDEO_ENC_PARAMS)
    if said is None:
        return None
    kind, base = said.codec_type.name, said.qp
    if not said.nb_blocks:
        return np.array([[_step(kind, np.float32(base), 8)]], np.float32)
    raw = np.frombuffer(said, np.uint8)[said.blocks_offset :][: said.nb_blocks * said.block_size]
    blocks = raw.reshape(said.nb_blocks, said.block_size).view(np.int32)
    columns = int(blocks[:, 0].max()) // max(1, int(blocks[0, 2])) + 1
    if kind == "VP9" or said.nb_blocks % columns:
        # VP9 has blocks only in streams with segments, of many sizes: their mean will do.
        return np.array([[_step(kind, np.float32(base + blocks[:, 4].mean()), 8)]], np.float32)
    grid = (base + blocks[:, 4]).reshape(-1, columns)
    return _step(kind, grid, frame.format.components[0].bits)


def _step(kind: str, qp: Any, bits: int) -> FloatArray:
    """Carry a codec's quantisation parameter to its step in 8-bit grey levels.

    H.264 and HEVC: 2^((QP - 4) / 6) (ITU-T H.264, 8.5.9; H.265, 8.6.4). VP9 and AV1: table over 8, the
    gain of their transforms; VP8: over 2. MPEG-2, MPEG-4: twice the scale.
    """
    if kind in ("H264", "hevc"):
        # FFmpeg counts H.264's QP from that of 8 bits upwards.
        offset = 6 * (bits - 8) if kind == "H264" else 0
        return np.asarray(np.exp2((np.asarray(qp, np.float32) - np.float32(offset + 4)) / np.float32(6)))
    if kind in ("VP9", "av1"):
        return np.asarray(np.interp(qp, _VP9_INDEX, _VP9_AC) / 8, np.float32)
    if kind == "vp8":
        return np.asarray(np.interp(qp, _VP8_INDEX, _VP8_AC) / 2, np.float32)
    return np.asarray(2.0 * qp, np.float32)


class HeaderReader:
    """Reads the steps of codecs whose decoders do not tell them, packet by packet.

    Whatever goes wrong here leaves the steps unknown and the decoding alone.
    """

    def __init__(self, stream: VideoStream) -> None:
        self._codec = stream.codec_context.name.replace("libdav1d", "av1")
        self._filter: BitStreamFilterContext | None = None
        self._base = 26.0
        self._steps: dict[int, float] = {}
        if self._codec in READ_FROM_HEADERS:
            self._trace(None, stream)

    def hear(self, packet: Packet[VideoStream]) -> None:
        """Read a packet's headers, before it is decoded."""
        if self._filter is None or not packet.size or packet.pts is None:
            return
        found = self._trace(packet)
        if found:
            if len(self._steps) > _WAITING:
                self._steps.clear()
            self._steps[packet.pts] = float(_step(self._codec, np.float32(np.mean(found)), 8))

    def mark(self, frame: av.VideoFrame) -> None:
        """Put the step into `frame.opaque` where it is known."""
        step = None if frame.pts is None else self._steps.pop(frame.pts, None)
        if step is not None:
            frame.opaque = step

    def _trace(self, packet: Packet[VideoStream] | None, stream: VideoStream | None = None) -> list[float]:
        """Return the quantisers that a packet's headers name; with a stream, begin."""
        level = av.logging.get_level()
        av.logging.set_level(av.logging.INFO)
        try:
            with av.logging.Capture() as said:
                if stream is not None:
                    self._filter = BitStreamFilterContext("trace_headers", stream)
                elif self._filter is not None and packet is not None:
                    # The filter takes what it is given; the decoder needs it still.
                    self._filter.filter(Packet(bytes(packet)))
        except (av.FFmpegError, ValueError):
            self._filter = None
            return []
        finally:
            av.logging.set_level(level)
        return self._read([line for _, _, line in said])

    def _read(self, lines: list[str]) -> list[float]:
        found = []
        for line in lines:
            field = _FIELD.search(line)
            if field is None:
                continue
            value = float(field[2])
            if field[1] == "init_qp_minus26":
                self._base = 26.0 + value
            else:
                found.append(value + self._base if field[1] == "slice_qp_delta" else value)
        return found
