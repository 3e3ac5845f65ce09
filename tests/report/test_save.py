"""A study's folder."""

import json

import pytest

import sightbits as sb
from sightbits.report import save, save_report
from sightbits.report.summarize import summarize


@pytest.fixture(scope="module")
def audit():
    return sb.audit_pixels("digits", n_pixels=[1, 5], permutations=0, resamples=0)


def test_nothing_half_written_is_left_where_drawing_fails(audit, tmp_path, monkeypatch):
    def fail(picture, stem):
        raise RuntimeError("no ink")

    monkeypatch.setattr(save, "write_picture", fail)
    with pytest.raises(RuntimeError, match="no ink"):
        save_report(audit, tmp_path / "audit")
    assert list((tmp_path / "audit").iterdir()) == []


def test_document_on_disk_is_the_result(audit, tmp_path):
    page = audit.save(tmp_path / "audit")
    assert page == tmp_path / "audit" / "report.html"
    assert json.loads((tmp_path / "audit" / "result.json").read_text()) == json.loads(audit.to_json())


def test_a_folder_that_cannot_be_made_is_refused(audit, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(sb.InputError, match="out: wanted a folder"):
        audit.save(tmp_path / "file" / "audit")


def test_without_pyarrow_there_is_no_parquet(audit, tmp_path, monkeypatch):
    monkeypatch.setattr(save, "find_spec", lambda name: None)
    monkeypatch.setattr(save, "pictures", lambda result: {})
    audit.save(tmp_path / "audit")
    assert list((tmp_path / "audit").glob("*.csv"))
    assert not list((tmp_path / "audit").glob("*.parquet"))


def test_unknown_results_are_refused(new_result):
    with pytest.raises(TypeError, match="no report is known"):
        summarize(new_result)
