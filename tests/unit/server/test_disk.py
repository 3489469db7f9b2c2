"""The disk reserve: new data is refused while running answers still have room to end."""

import shutil

import pytest

from chatapp.bounds import ScopeBounds
from chatapp.errors import RateLimited, Unavailable
from chatapp.server.admission import Admission
from chatapp.server.disk import DiskReserve


@pytest.fixture
def free(tmp_path):
    return shutil.disk_usage(tmp_path).free


def test_the_reserve_lacks_what_the_disk_does_not_have_free(tmp_path, free):
    assert DiskReserve(tmp_path, free // 2).lacking() is None
    assert DiskReserve(tmp_path, 0).lacking() is None
    assert DiskReserve(tmp_path, 2 * free).lacking() == pytest.approx(free, rel=0.5)


def test_new_data_is_refused_when_only_the_reserve_is_left(tmp_path, free):
    admission = Admission(ScopeBounds(session=1), DiskReserve(tmp_path, 2 * free))
    for act in (admission.check_room, lambda: admission.admit("owner")):
        with pytest.raises(Unavailable, match="almost full") as refusal:
            act()
        assert refusal.value.retry_after > 0


def test_a_question_refused_for_the_disk_does_not_count_towards_the_rate(tmp_path, free):
    admission = Admission(ScopeBounds(session=1), DiskReserve(tmp_path, 2 * free))
    with pytest.raises(Unavailable):
        admission.admit("owner")
    admission.disk = DiskReserve(tmp_path, free // 2)
    admission.admit("owner")
    with pytest.raises(RateLimited):
        admission.admit("owner")
