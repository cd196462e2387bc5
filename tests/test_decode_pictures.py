"""Pictures: crops against full conversion, orientation, value ranges."""

from __future__ import annotations

from typing import Any

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from media import smooth_noise

from twitchcam.edges.pictures import ArrayPicture, DecodedPicture, Upright, clip_box, square_size
from twitchcam.edges.planes import Box
from twitchcam.types import Picture

SIZE = (200, 120)
FORMATS = [
    "yuv420p", "yuvj420p", "yuv422p", "yuv444p", "yuv440p", "yuv411p", "nv12", "nv21", "yuva420p",
    "yuv420p10le", "yuv420p10be", "yuv422p12le", "p010le", "gray", "gray10le",
    "rgb24", "bgr24", "gbrp", "rgba", "yuyv422",
]  # fmt: skip
turned = st.builds(Upright, st.just(SIZE), st.integers(0, 3), st.booleans())


def frame_of(form: str) -> Any:
    return av.VideoFrame.from_ndarray(smooth_noise(SIZE[::-1], 0), "rgb24").reformat(format=form, threads=1)


def uprighted(image: np.ndarray[Any, Any], upright: Upright) -> np.ndarray[Any, Any]:
    """Turn and flip with numpy alone."""
    image = np.rot90(image, -upright.turns)
    return image[:, ::-1] if upright.flip else image


@pytest.mark.parametrize("form", FORMATS)
def test_rgb_is_what_ffmpeg_converts_to(form: str) -> None:
    frame = frame_of(form)
    wanted = frame.reformat(format="rgb24", threads=1).to_ndarray().astype(float)
    got = DecodedPicture(frame, Upright(SIZE)).rgb().astype(float)
    assert np.abs(got - wanted).mean() < 3.0


@pytest.mark.parametrize("form", ["yuv420p", "nv12", "yuv420p10le", "yuv411p", "rgb24", "gray"])
@pytest.mark.parametrize(
    "upright", [Upright(SIZE), Upright(SIZE, 1), Upright(SIZE, 2, True), Upright(SIZE, 3, True)]
)
def test_any_crop_is_a_crop_of_the_whole(form: str, upright: Upright) -> None:
    picture = DecodedPicture(frame_of(form), upright)
    whole = picture.rgb().astype(int)
    for x0, y0, x1, y1 in ((0, 0, 40, 30), (11, 7, 58, 92), (10, 20, 111, 119), (33, 40, 34, 41)):
        crop = picture.rgb((x0, y0, x1, y1)).astype(int)
        part = whole[y0:y1, x0:x1]
        assert crop.shape == part.shape
        assert np.abs(crop - part).mean() < 2.0


@given(turned, st.tuples(*[st.integers(0, 119)] * 4).filter(lambda b: b[0] < b[2] and b[1] < b[3]))
def test_box_is_found_again_before_turning(upright: Upright, box: Box) -> None:
    numbers = np.arange(SIZE[0] * SIZE[1]).reshape(SIZE[::-1])
    x0, y0, x1, y1 = clip_box(box, upright.size)
    u0, v0, u1, v1 = upright.unturn((x0, y0, x1, y1))
    np.testing.assert_array_equal(
        uprighted(numbers[v0:v1, u0:u1], upright), uprighted(numbers, upright)[y0:y1, x0:x1]
    )


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("flip", [False, True])
def test_luma_is_turned_exactly(turns: int, flip: bool) -> None:
    frame, upright = frame_of("yuv420p"), Upright(SIZE, turns, flip)
    coded = frame.to_ndarray()[: SIZE[1]]
    picture = DecodedPicture(frame, upright)
    np.testing.assert_array_equal(picture.luma, uprighted(coded, upright))
    assert (picture.width, picture.height) == upright.size


def test_shrinking_averages_over_area() -> None:
    picture = DecodedPicture(frame_of("yuv444p"), Upright(SIZE))
    whole = picture.rgb().astype(float)
    small = picture.rgb((20, 20, 100, 100), (20, 20)).astype(float)
    means = whole[20:100, 20:100].reshape(20, 4, 20, 4, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(small, means, atol=2.0)


@pytest.mark.parametrize("box", [(20, 20, 100, 100), (21, 23, 101, 103)])
def test_shrunk_crop_is_the_shrunk_whole(box: Box) -> None:
    picture = DecodedPicture(frame_of("yuv420p"), Upright(SIZE, 1))
    x0, y0, x1, y1 = box
    wanted = cv2.resize(picture.rgb()[y0:y1, x0:x1], (50, 50), interpolation=cv2.INTER_AREA)
    assert np.abs(picture.rgb(box, (50, 50)).astype(float) - wanted).mean() < 2.0


def test_luma_of_planar_video_is_the_decoders_own_memory() -> None:
    frame = frame_of("yuv420p")
    luma = DecodedPicture(frame, Upright(SIZE)).luma
    assert np.shares_memory(luma, np.frombuffer(frame.planes[0], np.uint8))
    assert luma.flags.writeable is False
    assert cv2.GaussianBlur(luma, (0, 0), 1.0).shape == luma.shape


def test_line_padding_is_left_out() -> None:
    image = smooth_noise((50, 70), 3)
    frame = av.VideoFrame.from_ndarray(image, "rgb24").reformat(format="gray", threads=1)
    assert frame.planes[0].line_size > 70
    np.testing.assert_array_equal(DecodedPicture(frame, Upright((70, 50))).luma, frame.to_ndarray())


def test_p010_has_the_codes_of_planar_ten_bit() -> None:
    planar, packed = (DecodedPicture(frame_of(form), Upright(SIZE)) for form in ("yuv420p10le", "p010le"))
    assert (packed.black, packed.white) == (planar.black, planar.white) == (64, 940)
    np.testing.assert_allclose(packed.luma.astype(int), planar.luma, atol=1)


def test_high_definition_without_a_named_colourspace_is_bt709() -> None:
    image = np.full((720, 64, 3), (200, 40, 40), np.uint8)
    frame = av.VideoFrame.from_ndarray(image, "rgb24").reformat(
        format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG", threads=1
    )
    frame.colorspace = 2
    np.testing.assert_allclose(
        DecodedPicture(frame, Upright((64, 720))).rgb()[300, 30], (200, 40, 40), atol=4
    )


def test_pixels_are_only_ever_stretched() -> None:
    assert square_size((720, 576), 16 / 15) == (768, 576)
    assert square_size((720, 480), 8 / 9) == (720, 540)
    assert square_size((640, 480), 1.0) == (640, 480)


class TestArrayPicture:
    def test_rgb(self) -> None:
        image = smooth_noise((60, 80), 1)
        picture: Picture = ArrayPicture(image)
        assert (picture.width, picture.height, picture.black, picture.white) == (80, 60, 0, 255)
        np.testing.assert_array_equal(picture.rgb(), image)
        np.testing.assert_array_equal(picture.rgb((70, 50, 200, 300)), image[50:, 70:])
        assert picture.rgb((0, 0, 40, 40), (10, 20)).shape == (20, 10, 3)
        weights = np.array([0.299, 0.587, 0.114])
        np.testing.assert_allclose(picture.luma, image @ weights, atol=1)

    def test_grey_codes_become_full_range_rgb(self) -> None:
        grey = np.array([[64, 502, 940, 1023]], np.uint16)
        picture = ArrayPicture(grey, black=64, white=940)
        assert picture.luma is grey
        np.testing.assert_array_equal(picture.rgb()[0, :, 0], [0, 128, 255, 255])

    @pytest.mark.parametrize("shape", [(0, 5, 3), (5, 5, 4), (5,)])
    def test_other_shapes_are_refused(self, shape: tuple[int, ...]) -> None:
        with pytest.raises(ValueError, match="a picture is"):
            ArrayPicture(np.zeros(shape, np.uint8))

    def test_box_outside_is_refused(self) -> None:
        with pytest.raises(ValueError, match="no pixel inside the 8x6 picture"):
            ArrayPicture(np.zeros((6, 8, 3), np.uint8)).rgb((8, 0, 12, 4))
